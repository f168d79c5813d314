//! The log: the only source of the order and the content of what is published.
//!
//! An event is appended to a channel once. Everyone reads it from there: who was away reads on after
//! the last id it saw, who is there reads on when it is hinted that there is more. Both are the same
//! read, so what is replayed and what is delivered live cannot differ, and there is no seam between
//! them to lose or repeat an event at.
//!
//! [`EventLog`] is what an engine does. [`MemoryLog`] is one that is embedded in the process;
//! [`RedisLog`], [`NatsLog`] and [`PostgresLog`] (features `redis`, `nats`, `postgres`) are those of
//! servers that several processes share. Which one for what is in the guide's page
//! [`engines`](crate::guide::engines). An engine of your own is held to the same properties by
//! [`conformance`] (feature `conformance`).
//!
//! This room knows [`wire`](crate::wire) and no other. It needs no server: a process that only
//! publishes can do without.
//!
//! ```
//! use sse_runtime::log::{ChannelName, Channels, EventLog, Limit, MemoryLog, Record, Watch};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let log = MemoryLog::default();
//! let room = ChannelName::new("room-1")?;
//!
//! // First watch, then read: whatever is appended after that is hinted.
//! let mut watch = log.watch(&Channels::new([room.clone()])?);
//! let start = log.extent(&room).await?.newest;
//!
//! let id = log.append(&room, &Record::new(b"data: hello\n")?).await?;
//! watch.changed().await;
//!
//! let page = log.read_after(&room, start, Limit::default()).await?;
//! let run = page.runs().next().unwrap();
//! assert_eq!(run.wire(), format!("id: {id}\ndata: hello\n\n"));
//! assert_eq!(page.next(), id);
//! # Ok(())
//! # }
//! ```

mod channel;
mod channels;
mod condition;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cursor;
mod error;
mod keys;
mod memory;
#[cfg(feature = "nats")]
mod nats;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
mod properties;
mod record;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
mod remote;
mod segment;
mod sync;
mod watch;
mod watchers;

pub use channel::{ChannelName, InvalidChannelName};
pub use channels::{Channels, IdTooLong, InvalidChannels};
pub use condition::{Appended, Condition, IdempotencyKey, InvalidIdempotencyKey};
pub use cursor::{Cursor, Epoch, ForeignId};
pub use error::{AppendError, ReadError};
pub use keys::Keys;
pub use memory::{Bounds, MemoryLog, MemoryWatch};
#[cfg(feature = "nats")]
pub use nats::{NatsLog, NatsOptions, NatsStorage};
pub use page::{Limit, Page, PageBuilder, Standing};
#[cfg(feature = "postgres")]
pub use postgres::{Hints, Migration, PostgresLog, PostgresOptions};
pub use properties::{Health, Properties, Property};
pub use record::{InvalidRecord, Record};
#[cfg(feature = "redis")]
pub use redis::{RedisLog, RedisOptions};
#[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
pub use remote::{ConnectError, RemoteWatch};
pub use segment::{Entry, Run};
pub use watch::{Changed, Signal, Watch};

use std::sync::Arc;

/// What keeps channels of records: an engine.
///
/// For each channel it gives consecutive records rising numbers, and keeps the newest of them. In
/// what follows, *the end* of a channel is the place behind its newest record.
///
/// A log has one [`Epoch`], and its places in a channel are of the epoch
/// [of that channel](Epoch::of_channel): so the id of one channel is not taken for one of another, and
/// that of many is short.
pub trait EventLog: Send + Sync + 'static {
    /// What [`watch`](Self::watch) gives.
    type Watch: Watch;

    /// Appends `records`, all or none, with nothing of another writer between them. Returns the
    /// place behind each, whose text is its id.
    ///
    /// Whoever reads a record reads all before it that the log still keeps: numbers become visible
    /// in their order. It does not matter whether anyone watches.
    ///
    /// Where the future is dropped before it is ready, the records may have been written or not.
    ///
    /// # Errors
    ///
    /// [`AppendError`], which says whether they may have been written.
    fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> impl Future<Output = Result<Vec<Cursor>, AppendError>> + Send;

    /// Appends one record, as [`append_all`](Self::append_all) does.
    ///
    /// # Errors
    ///
    /// [`AppendError`], which says whether it may have been written.
    fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> impl Future<Output = Result<Cursor, AppendError>> + Send;

    /// Appends `records` as [`append_all`](Self::append_all) does, if the condition holds. It is looked
    /// at in the same step. Of no records the condition does not matter, and a key is not used up.
    ///
    /// # Errors
    ///
    /// [`AppendError`]: [`Moved`](AppendError::Moved) where the channel does not end where it was said
    /// to, [`Refused`](AppendError::Refused) by an engine that lacks [`Property::Conditions`].
    fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> impl Future<Output = Result<Appended, AppendError>> + Send {
        let _ = (condition, channel, records);
        async { Err(AppendError::Refused("this log knows no conditions".into())) }
    }

    /// Ends a channel for good, after `last` where there is one. Nothing can be appended to it any
    /// more. Its records are kept for a time that the engine states; then the name is free again.
    ///
    /// Ending an ended channel without a record changes nothing. Returns the end.
    ///
    /// # Errors
    ///
    /// [`AppendError`], which says whether it may have been ended.
    fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> impl Future<Output = Result<Cursor, AppendError>> + Send;

    /// The records after `cursor`, oldest first, and how the cursor stands to them. Never waits for
    /// records to come.
    ///
    /// # Errors
    ///
    /// [`ReadError`] where the engine does not answer. A cursor that does not fit is no error but a
    /// [`Standing`].
    fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> impl Future<Output = Result<Page, ReadError>> + Send;

    /// What the log holds of a channel. For one that it does not know, both ends are the place from
    /// which whatever comes can be read.
    ///
    /// # Errors
    ///
    /// [`ReadError`] where the engine does not answer.
    fn extent(
        &self,
        channel: &ChannelName,
    ) -> impl Future<Output = Result<Extent, ReadError>> + Send;

    /// The place before the newest `records` records of a channel, or before the oldest where there
    /// are not as many.
    ///
    /// # Errors
    ///
    /// [`ReadError`] where the engine does not answer.
    fn rewind(
        &self,
        channel: &ChannelName,
        records: usize,
    ) -> impl Future<Output = Result<Cursor, ReadError>> + Send {
        async move {
            let Extent { oldest, newest, .. } = self.extent(channel).await?;
            if self.properties().has(Property::DenseIds) {
                let before = newest.seq().saturating_sub(records as u64);
                return Ok(Cursor::new(newest.epoch(), before.max(oldest.seq())));
            }
            // Numbers with holes cannot be counted down: read, and remember the last so many.
            let mut starts = std::collections::VecDeque::from([oldest]);
            let mut at = oldest;
            loop {
                let page = self.read_after(channel, at, Limit::default()).await?;
                for entry in page.runs().flat_map(Run::entries) {
                    starts.push_back(entry.cursor());
                    if starts.len() > records.saturating_add(1) {
                        starts.pop_front();
                    }
                }
                at = page.next();
                if !page.has_more() {
                    return Ok(starts.front().copied().unwrap_or(at));
                }
            }
        }
    }

    /// Watches channels for records. Whatever is appended to one of them after this returned, or
    /// ends it, is hinted, on whichever node it was done. So who watches first and reads then misses
    /// nothing.
    fn watch(&self, channels: &Channels) -> Self::Watch;

    /// As [`watch`](Self::watch), for who wants records of some keys alone: others need not be hinted
    /// of. But everything is hinted at least as often as a quarter of what the log keeps of a channel
    /// has been appended to it, and when it ends: who then reads on is never passed by.
    ///
    /// An engine without an index of keys hints of everything.
    fn watch_keys(&self, channels: &Channels, keys: &Keys) -> Self::Watch {
        let _ = keys;
        self.watch(channels)
    }

    /// Sends a record to who watches the channel now, on every node. It is not kept, has no id, and
    /// may be lost on the way. An engine that lacks [`Property::Signals`] drops it.
    ///
    /// # Errors
    ///
    /// [`AppendError`] where the engine does not answer.
    fn signal(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> impl Future<Output = Result<(), AppendError>> + Send;

    /// What of all this the engine has.
    fn properties(&self) -> Properties;

    /// Whether the engine can do its work now, as far as is known: nobody is asked.
    fn health(&self) -> Health {
        Health::Serving
    }
}

/// What a log holds of a channel: what [`EventLog::extent`] gives.
///
/// ```
/// use sse_runtime::log::{ChannelName, EventLog, Limit, MemoryLog, Record};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryLog::default();
/// let job = ChannelName::new("jobs/7")?;
/// assert!(!log.extent(&job).await?.exists);
///
/// log.append(&job, &Record::new(b"data: 50 %\n")?).await?;
/// let end = log.end(&job, Some(&Record::new(b"event: done\ndata\n")?)).await?;
/// let extent = log.extent(&job).await?;
/// assert!(extent.ended);
/// assert_eq!(extent.newest, end);
///
/// // All that is kept.
/// let page = log.read_after(&job, extent.oldest, Limit::default()).await?;
/// assert_eq!(page.next(), end);
/// assert!(page.is_end());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The place before the oldest record: reading after it gives all that is kept.
    pub oldest: Cursor,
    /// The place behind the newest record: reading after it gives what comes next.
    pub newest: Cursor,
    /// Whether anything was ever appended to the channel, or ended it, that the log remembers.
    pub exists: bool,
    /// Whether the channel has ended.
    pub ended: bool,
}

/// A log that several share.
impl<L: EventLog> EventLog for Arc<L> {
    type Watch = L::Watch;

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<Cursor>, AppendError> {
        (**self).append_all(channel, records).await
    }

    async fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<Cursor, AppendError> {
        (**self).append(channel, record).await
    }

    async fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Appended, AppendError> {
        (**self).append_if(condition, channel, records).await
    }

    async fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> Result<Cursor, AppendError> {
        (**self).end(channel, last).await
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        (**self).read_after(channel, cursor, limit).await
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        (**self).extent(channel).await
    }

    async fn rewind(&self, channel: &ChannelName, records: usize) -> Result<Cursor, ReadError> {
        (**self).rewind(channel, records).await
    }

    fn watch(&self, channels: &Channels) -> L::Watch {
        (**self).watch(channels)
    }

    fn watch_keys(&self, channels: &Channels, keys: &Keys) -> L::Watch {
        (**self).watch_keys(channels, keys)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        (**self).signal(channel, record).await
    }

    fn properties(&self) -> Properties {
        (**self).properties()
    }

    fn health(&self) -> Health {
        (**self).health()
    }
}
