//! Which keys somebody wants.

use std::collections::HashSet;
use std::sync::Arc;

/// Some keys, each of them once. A clone shares them.
///
/// ```
/// use sse_runtime::log::Keys;
///
/// let keys: Keys = ["BTC", "ETH", "BTC"].into_iter().collect();
/// assert!(keys.contains("ETH") && !keys.contains("DOGE"));
/// assert_eq!(keys.iter().count(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Arc<HashSet<Box<str>>>);

impl Keys {
    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains(key)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| &**key)
    }
}

impl<K: AsRef<str>> FromIterator<K> for Keys {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let keys = keys.into_iter().map(|key| Box::from(key.as_ref()));
        Self(Arc::new(keys.collect()))
    }
}

impl<K: AsRef<str>> Extend<K> for Keys {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        let more = keys.into_iter().map(|key| Box::from(key.as_ref()));
        Arc::make_mut(&mut self.0).extend(more);
    }
}
