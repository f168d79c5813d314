//! The log that lives in the memory of the process.
//!
//! An append encodes the frame once, under the lock of a sixteenth of the channels, and wakes who
//! watches after it let that go. A read takes the same lock and leaves with shares of what lies
//! there: it copies nothing, and how slow a reader is does not matter to anyone. There is no task
//! and no timer; what is too old is dropped by whoever comes next.

mod bounds;
mod channel;
mod once;
mod records;
mod shard;
mod store;
mod watch;

use std::fmt;
use std::sync::Arc;

pub use bounds::Bounds;
use once::Written;
use store::Store;
pub use watch::MemoryWatch;

use super::watchers::Call;
use super::{
    AppendError, Appended, ChannelName, Channels, Condition, Cursor, EventLog, Extent, Keys, Limit,
    Page, Properties, ReadError, Record,
};

/// A log in the memory of this process: fast, bounded, and gone with it. A clone is the same log.
///
/// After a restart its epoch is another one, so clients that come back are told that they may have
/// missed events. What it keeps, and for how long, is said by [`Bounds`].
///
/// A signal is kept for each watch until it is taken; of more than 64 the oldest is lost.
///
/// ```
/// use sse_runtime::log::{ChannelName, Cursor, EventLog, Limit, MemoryLog, Record, Standing};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryLog::default();
/// let room = ChannelName::new("room-1")?;
///
/// // Nobody is there, and the record waits.
/// let first = log.append(&room, &Record::new(b"data: 1\n")?).await?;
/// let second = log.append(&room, &Record::new(b"data: 2\n")?).await?;
///
/// let page = log.read_after(&room, first, Limit::default()).await?;
/// assert_eq!(page.standing(), Standing::Contiguous);
/// assert_eq!(page.next(), second);
///
/// // A cursor from before a restart.
/// let old: Cursor = "bee-1".parse()?;
/// let page = log.read_after(&room, old, Limit::default()).await?;
/// assert_eq!(page.standing(), Standing::UnknownEpoch);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryLog {
    store: Arc<Store>,
}

impl MemoryLog {
    /// An empty log with those bounds.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            store: Arc::new(Store::new(bounds)),
        }
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new(Bounds::default())
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLog")
            .field("epoch", &self.store.epoch)
            .field("bounds", &self.store.bounds)
            .finish_non_exhaustive()
    }
}

impl EventLog for MemoryLog {
    type Watch = MemoryWatch;

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<Cursor>, AppendError> {
        Ok(self.store.append_all(channel, records, None)?.places)
    }

    async fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<Cursor, AppendError> {
        let record = std::slice::from_ref(record);
        let Written { last, .. } = self.store.write(channel, record, false, None)?;
        Ok(Cursor::new(self.store.epoch.of_channel(channel), last))
    }

    async fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Appended, AppendError> {
        self.store.append_all(channel, records, Some(condition))
    }

    async fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> Result<Cursor, AppendError> {
        let last = last.map_or(&[][..], std::slice::from_ref);
        let Written { last, .. } = self.store.write(channel, last, true, None)?;
        Ok(Cursor::new(self.store.epoch.of_channel(channel), last))
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        Ok(self.store.read_after(channel, cursor, limit))
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        Ok(self.store.extent(channel))
    }

    fn watch(&self, channels: &Channels) -> MemoryWatch {
        MemoryWatch::new(&self.store, channels, None)
    }

    fn watch_keys(&self, channels: &Channels, keys: &Keys) -> MemoryWatch {
        // Who is found by no key is told of everything, or it would not be told of the end either.
        let keys = keys.iter().next().and(Some(keys));
        MemoryWatch::new(&self.store, channels, keys)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        if let Some(watchers) = self.store.watchers_of(channel) {
            let key = record.key().map(Arc::from);
            let wire = [record.lines(), b"\n"].concat();
            watchers.call(Call::signal((key, wire.into())));
        }
        Ok(())
    }

    fn properties(&self) -> Properties {
        Properties::ALL
    }
}
