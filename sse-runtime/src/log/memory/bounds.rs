//! How much a memory log keeps.

use std::time::Duration;

use super::super::segment::SEGMENT_BYTES;

/// Since the log was made.
pub(super) type Moment = Duration;

/// How much a [`MemoryLog`](super::MemoryLog) keeps. At each bound the oldest is dropped, and a
/// publisher is never kept waiting.
///
/// | bound | default | at the bound |
/// |---|---|---|
/// | [`events`](Self::events) of a channel | 1 000 | The oldest is dropped; a cursor before it is [`Truncated`](crate::log::Standing::Truncated), with the exact number. |
/// | [`bytes`](Self::bytes) of a channel | 1 MiB | Likewise. An event that is larger by itself is refused. |
/// | [`age`](Self::age) of an event | 1 hour | Likewise. |
/// | [`ended`](Self::ended): how long an ended channel is kept | 10 minutes | It is forgotten, and the name is free. |
/// | [`idempotency_window`](Self::idempotency_window): how long the [key](crate::log::Condition::Once) of an append is remembered | 2 minutes, and of a channel as many keys as events | The oldest is forgotten; who tries again with it appends again. |
/// | [`channels`](Self::channels) that hold events, or have ended | 10 000 | What one holds that was not published to for long is dropped. |
///
/// A channel that nobody watches and that holds nothing is freed. What is too old in a channel that
/// nobody uses is freed by the use of others: each append, and each watch that is dropped, looks at
/// up to eight channels that were not looked at for as long as events are kept. There is no task.
///
/// A channel may take a segment beyond its bound in bytes, of 64 KiB or an eighth of that bound, as
/// events are freed by the segment; and what keeps account of an event, 32 bytes or, of the newest
/// 64 KiB, 150; and of a key 200 beside its text.
///
/// What is freed leaves its number behind, so that no id is ever given twice: in one of 8 192 places
/// that all channels share. Who comes back to a channel that was forgotten is told, by
/// [`Truncated`](crate::log::Standing::Truncated) without a number, that it may have missed events,
/// unless the log can tell that it has not.
///
/// ```
/// use std::time::Duration;
/// use sse_runtime::log::{Bounds, MemoryLog};
///
/// let log = MemoryLog::new(Bounds::default().events(100).age(Duration::from_secs(300)));
/// # drop(log);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: usize,
    pub(super) age: Duration,
    pub(super) channels: usize,
    pub(super) ended: Duration,
    pub(super) idempotency_window: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            events: 1000,
            bytes: 1024 * 1024,
            age: Duration::from_secs(60 * 60),
            channels: 10_000,
            ended: Duration::from_secs(10 * 60),
            idempotency_window: Duration::from_secs(2 * 60),
        }
    }
}

impl Bounds {
    /// How many events of a channel are kept: 1 at least, as subscribers are sent them from there.
    #[must_use]
    pub const fn events(self, events: usize) -> Self {
        let events = if events == 0 { 1 } else { events };
        Self { events, ..self }
    }

    /// How many bytes of a channel are kept, as they are on the wire, with ids and keys.
    #[must_use]
    pub const fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// How long an event is kept: not less, and at most one 64th longer.
    #[must_use]
    pub const fn age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    /// How many channels are kept: 1 at least. One that is only watched does not count; it lives as
    /// long as its watch.
    #[must_use]
    pub const fn channels(self, channels: usize) -> Self {
        let channels = if channels == 0 { 1 } else { channels };
        Self { channels, ..self }
    }

    /// How long an ended channel is kept, whatever the age of its events.
    #[must_use]
    pub const fn ended(self, ended: Duration) -> Self {
        Self { ended, ..self }
    }

    /// How long the key of an append is remembered, which may be longer than its events, but no longer
    /// than the channel: with an ended one, and with one that is dropped, its keys are forgotten.
    #[must_use]
    pub const fn idempotency_window(self, idempotency_window: Duration) -> Self {
        Self {
            idempotency_window,
            ..self
        }
    }

    /// Events are freed a segment at a time, so that is what a channel may hold beyond its bound.
    pub(super) fn segment(&self) -> usize {
        (self.bytes / 8).clamp(1024, SEGMENT_BYTES)
    }

    /// How often what a channel holds is looked at while nobody uses it.
    pub(super) fn interval(&self) -> Duration {
        self.age.min(self.ended)
    }
}
