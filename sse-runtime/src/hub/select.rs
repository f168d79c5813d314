//! Which events of its channels a subscriber wants.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::log::{Entry, Keys, Signal};

/// What decides about one event.
type Filter = Arc<dyn Fn(&Published<'_>) -> bool + Send + Sync>;

#[derive(Clone, Default)]
pub(super) struct Select {
    keys: Option<Keys>,
    filters: Vec<Filter>,
}

impl Select {
    /// Keeps only events of these keys, and of those that an earlier call named.
    pub(super) fn add_keys<K: AsRef<str>>(&mut self, keys: impl IntoIterator<Item = K>) {
        self.keys.get_or_insert_default().extend(keys);
    }

    pub(super) fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }

    pub(super) fn add_filter(&mut self, filter: Filter) {
        self.filters.push(filter);
    }

    pub(super) fn is_everything(&self) -> bool {
        self.keys.is_none() && self.filters.is_empty()
    }

    pub(super) fn wants(&self, event: &Published<'_>) -> bool {
        let keys = self.keys.as_ref();
        let has_key = keys.is_none_or(|keys| event.key.is_some_and(|key| keys.contains(key)));
        has_key && self.filters.iter().all(|filter| filter(event))
    }
}

impl fmt::Debug for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("keys", &self.keys)
            .field("filters", &self.filters.len())
            .finish()
    }
}

/// An event as it was published: what a filter decides by.
///
/// A hub that reads an event from a log has its lines and not its value, which may have been
/// published by another process. So a filter sees what a client sees.
///
/// ```
/// # use sse_runtime::hub::Published;
/// #[derive(serde::Deserialize)]
/// struct Level {
///     level: u8,
/// }
///
/// fn is_urgent(event: &Published<'_>) -> bool {
///     event.name() == Some("alert") && event.json::<Level>().is_ok_and(|it| it.level > 3)
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Published<'a> {
    channel: &'a str,
    key: Option<&'a str>,
    lines: &'a [u8],
}

impl<'a> Published<'a> {
    pub(super) fn logged(channel: &'a str, entry: Entry<'a>) -> Self {
        Self {
            channel,
            key: entry.key(),
            lines: entry.lines(),
        }
    }

    pub(super) fn signalled(channel: &'a str, signal: &'a Signal) -> Self {
        let wire = &**signal.wire();
        Self {
            channel,
            key: signal.key(),
            lines: wire.strip_suffix(b"\n").unwrap_or(wire),
        }
    }

    /// The channel it was published to; for a subscription to all channels that is `*`.
    #[must_use]
    pub fn channel(&self) -> &'a str {
        self.channel
    }

    /// What it is about: its `key`.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        self.key
    }

    /// Its name: the `event` line.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        self.values(b"event").last()
    }

    /// Its data, with LF between its lines.
    #[must_use]
    pub fn data(&self) -> Cow<'a, str> {
        let mut lines = self.values(b"data");
        let first = lines.next().unwrap_or_default();
        match lines.next() {
            None => Cow::Borrowed(first),
            Some(second) => {
                let mut data = [first, second].join("\n");
                for line in lines {
                    data.push('\n');
                    data.push_str(line);
                }
                Cow::Owned(data)
            }
        }
    }

    /// Its data, read as JSON into whatever part of it matters.
    ///
    /// # Errors
    ///
    /// That of serde_json, where the data is not JSON of that shape.
    pub fn json<V: DeserializeOwned>(&self) -> serde_json::Result<V> {
        serde_json::from_str(&self.data())
    }

    /// The values of the lines of one field. Lines are ours: UTF-8, LF, one space after the colon.
    fn values(&self, field: &'static [u8]) -> impl Iterator<Item = &'a str> + use<'a> {
        self.lines
            .split(|byte| *byte == b'\n')
            .filter_map(move |line| {
                let value = line.strip_prefix(field)?.strip_prefix(b":")?;
                str::from_utf8(value.strip_prefix(b" ").unwrap_or(value)).ok()
            })
    }
}

impl fmt::Debug for Published<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Published")
            .field("channel", &self.channel)
            .field("key", &self.key)
            .field("name", &self.name())
            .field("data", &self.data())
            .finish()
    }
}
