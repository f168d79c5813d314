//! How many streams may be open at once. A permit lives as long as its stream's body, not only
//! until the response has a head, as with a concurrency limit in front of the router.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::request::Parts;

/// Finds the key of a request.
#[derive(Clone)]
pub(super) struct KeyOf(Arc<KeyFn>);

type KeyFn = dyn Fn(&Parts) -> Option<String> + Send + Sync;

impl KeyOf {
    pub(super) fn new(key: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(key))
    }
}

impl fmt::Debug for KeyOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyOf(..)")
    }
}

/// The limits of an endpoint.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    total: Option<usize>,
    per_key: Option<(usize, KeyOf)>,
}

impl Limits {
    pub(super) fn total(mut self, max: usize) -> Self {
        self.total = Some(max);
        self
    }

    /// What the request is counted under, besides all others.
    pub(super) fn key(&self, parts: &Parts) -> Option<String> {
        self.per_key.as_ref().and_then(|(_, key)| key.0(parts))
    }

    pub(super) fn per_key(mut self, max: usize, key: KeyOf) -> Self {
        self.per_key = Some((max, key));
        self
    }
}

/// The streams that are open on one endpoint.
#[derive(Debug, Default)]
pub(super) struct Gate {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// Keys with an open stream; others are not in it.
    by_key: HashMap<String, usize>,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, or `None` where there is none left.
    pub(super) fn enter(self: &Arc<Self>, limits: &Limits, key: Option<String>) -> Option<Permit> {
        let key = limits
            .per_key
            .as_ref()
            .and_then(|(max, _)| Some((*max, key?)));
        let mut open = self.lock();
        if limits.total.is_some_and(|max| open.total >= max) {
            return None;
        }
        let key = match key {
            None => None,
            Some((max, key)) if open.by_key.get(&key).copied().unwrap_or(0) < max => {
                *open.by_key.entry(key.clone()).or_default() += 1;
                Some(key)
            }
            Some(_) => return None,
        };
        open.total += 1;
        Some(Permit {
            gate: Arc::clone(self),
            key,
        })
    }
}

/// A place on an endpoint, given back on drop.
#[derive(Debug)]
pub(super) struct Permit {
    gate: Arc<Gate>,
    key: Option<String>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.gate.lock();
        open.total -= 1;
        if let Some(key) = self.key.take()
            && let Some(count) = open.by_key.get_mut(&key)
        {
            *count -= 1;
            if *count == 0 {
                open.by_key.remove(&key);
            }
        }
    }
}
