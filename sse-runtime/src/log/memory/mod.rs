//! The log that lives in the memory of the process.
//!
//! An append encodes the frame once, under the lock of a sixteenth of the channels, and wakes who
//! watches after it let that go. A read takes the same lock and leaves with shares of what lies
//! there: it copies nothing, and how slow a reader is does not matter to anyone. There is no task
//! and no timer; what is too old is dropped by whoever comes next.

mod bounds;
mod channel;
mod once;
mod shard;
mod watch;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use tokio::time::Instant;

pub use bounds::Bounds;
use channel::{Channel, stand};
use shard::Shard;
pub use watch::MemoryWatch;

use super::segment::largest_size;
use super::watch::Shout;
use super::watchers::{Call, To, Watchers};
use super::{
    AppendError, Appended, ChannelName, Channels, Condition, Cursor, Epoch, EventLog, Extent, Keys,
    Limit, Page, Properties, ReadError, Record, Standing,
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
    inner: Arc<Inner>,
}

struct Inner {
    epoch: Epoch,
    bounds: Bounds,
    began: Instant,
    shards: Box<[Mutex<Shard>]>,
    /// The channels in all queues: those that hold something.
    holding: AtomicUsize,
    /// Which shard is swept next.
    turn: AtomicUsize,
}

/// Of the log. Each keeps one number.
const PLACES: usize = 8192;

/// Since the log was made.
type Moment = Duration;

/// The numbers that records of a channel were given: those after `before` up to `last`.
#[derive(Clone, Copy, Default)]
struct Written {
    before: u64,
    last: u64,
    /// Earlier, under the same key.
    is_repeated: bool,
}

impl Written {
    fn new(before: u64, last: u64) -> Self {
        Self {
            before,
            last,
            is_repeated: false,
        }
    }
}

impl MemoryLog {
    /// An empty log with those bounds.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        // With few channels, one lock: then the one dropped at the bound is the right one.
        let shards = if bounds.channels < 1024 { 1 } else { 16 };
        let epoch = Epoch::random();
        Self {
            inner: Arc::new(Inner {
                epoch,
                bounds,
                began: Instant::now(),
                shards: (0..shards)
                    .map(|_| Mutex::new(Shard::new(epoch, shards)))
                    .collect(),
                holding: AtomicUsize::new(0),
                turn: AtomicUsize::new(0),
            }),
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
            .field("epoch", &self.inner.epoch)
            .field("bounds", &self.inner.bounds)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn now(&self) -> Moment {
        self.began.elapsed()
    }

    fn shard(&self, name: &ChannelName) -> MutexGuard<'_, Shard> {
        self.shard_at(shard_of(name))
    }

    fn shard_at(&self, index: usize) -> MutexGuard<'_, Shard> {
        // A panic inside would be a bug of this log; what it holds is then still readable.
        let lock = self.lock_at(index);
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_at(&self, index: usize) -> &Mutex<Shard> {
        // Invariant: `MemoryLog::new` makes one shard at least.
        &self.shards[index % self.shards.len()]
    }

    /// Appends and ends, as one step.
    fn write(
        &self,
        name: &ChannelName,
        records: &[Record<'_>],
        ends: bool,
        condition: Option<Condition<'_>>,
    ) -> Result<Written, AppendError> {
        let limit = self.bounds.bytes;
        let epoch = self.epoch.of_channel(name);
        for record in records {
            let bytes = largest_size(epoch, record);
            if bytes > limit {
                return Err(AppendError::TooLarge { bytes, limit });
            }
        }
        let now = self.now();
        self.sweep(now);
        let mut shard = self.shard(name);
        let channel = shard.open(name, now, &self.bounds);
        let before = channel.last();
        if let Some(Condition::Once(key)) = condition
            && let Some(written) = channel.written(key)
        {
            return Ok(written);
        }
        if channel.has_ended() {
            return match records {
                [] => Ok(Written::new(before, before)),
                _ => Err(AppendError::Ended {
                    channel: name.clone(),
                }),
            };
        }
        if let Some(Condition::At(place)) = condition
            && let end = Cursor::new(epoch, before)
            && place != end
        {
            shard.free_if_idle(name);
            return Err(AppendError::Moved { end });
        }
        channel.append(records, now, &self.bounds);
        if let Some(Condition::Once(key)) = condition {
            let written = Written::new(before, channel.last());
            channel.remember(key, written, now, &self.bounds);
        }
        if ends {
            channel.end(now);
        }
        let after = channel.last();
        let watchers = channel.to_call().map(|watchers| {
            let to = match watchers.has_keys() {
                true if channel.must_tell_everyone(now, &self.bounds) => To::Everyone,
                true => To::who_wants(records.iter().filter_map(Record::key)),
                false => To::default(),
            };
            (watchers, to)
        });
        let is_new = shard.enqueue(name, now);
        let holding = self.holding.fetch_add(is_new.into(), Ordering::Relaxed);
        drop(shard);

        if let Some((watchers, to)) = watchers {
            watchers.call(Call::appended(to));
        }
        if is_new && holding >= self.bounds.channels {
            self.evict(name, now);
        }
        Ok(Written::new(before, after))
    }

    fn append_all(
        &self,
        name: &ChannelName,
        records: &[Record<'_>],
        condition: Option<Condition<'_>>,
    ) -> Result<Appended, AppendError> {
        let written = match records {
            [] => Written::default(),
            _ => self.write(name, records, false, condition)?,
        };
        let epoch = self.epoch.of_channel(name);
        let numbers = written.before + 1..=written.last;
        Ok(Appended {
            places: numbers.map(|seq| Cursor::new(epoch, seq)).collect(),
            is_repeated: written.is_repeated,
        })
    }

    /// Frees some of what is too old, in the shard whose turn it is, if nobody uses that now.
    fn sweep(&self, now: Moment) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut shard = match self.lock_at(turn).try_lock() {
            Ok(shard) => shard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let emptied = shard.sweep(now, &self.bounds);
        self.holding.fetch_sub(emptied, Ordering::Relaxed);
    }

    /// Makes room for `name`: in its own shard, or else in the next that has something to drop.
    fn evict(&self, name: &ChannelName, now: Moment) {
        let own = shard_of(name);
        for index in 0..self.shards.len() {
            if self.shard_at(own.wrapping_add(index)).evict(name, now) {
                self.holding.fetch_sub(1, Ordering::Relaxed);
                return;
            }
        }
    }

    fn read_after(&self, name: &ChannelName, cursor: Cursor, limit: Limit) -> Page {
        let now = self.now();
        let mut shard = self.shard(name);
        if let Some(channel) = shard.get(name, now, &self.bounds) {
            return channel.read_after(cursor, limit);
        }
        let base = shard.forgotten_of(name);
        let epoch = self.epoch.of_channel(name);
        let standing = match stand(cursor, epoch, base, base, base) {
            // Others may have left that number; how many were missed of this channel is not known.
            Standing::Truncated { .. } => Standing::Truncated { missed: None },
            standing => standing,
        };
        Page::empty(standing, Cursor::new(epoch, base))
    }

    fn extent(&self, name: &ChannelName) -> Extent {
        let now = self.now();
        let mut shard = self.shard(name);
        if let Some(channel) = shard.get(name, now, &self.bounds) {
            return channel.extent();
        }
        Channel::new(self.epoch.of_channel(name), shard.forgotten_of(name)).extent()
    }

    fn watchers_of(&self, name: &ChannelName) -> Option<Arc<Watchers<Shout>>> {
        let now = self.now();
        self.shard(name).get(name, now, &self.bounds)?.to_call()
    }
}

/// Of bits that the maps within the shards do not go by.
fn shard_of(name: &ChannelName) -> usize {
    (name.hash() >> 48) as usize
}

impl EventLog for MemoryLog {
    type Watch = MemoryWatch;

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<Cursor>, AppendError> {
        Ok(self.inner.append_all(channel, records, None)?.places)
    }

    async fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<Cursor, AppendError> {
        let record = std::slice::from_ref(record);
        let Written { last, .. } = self.inner.write(channel, record, false, None)?;
        Ok(Cursor::new(self.inner.epoch.of_channel(channel), last))
    }

    async fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Appended, AppendError> {
        self.inner.append_all(channel, records, Some(condition))
    }

    async fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> Result<Cursor, AppendError> {
        let last = last.map_or(&[][..], std::slice::from_ref);
        let Written { last, .. } = self.inner.write(channel, last, true, None)?;
        Ok(Cursor::new(self.inner.epoch.of_channel(channel), last))
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        Ok(self.inner.read_after(channel, cursor, limit))
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        Ok(self.inner.extent(channel))
    }

    fn watch(&self, channels: &Channels) -> MemoryWatch {
        MemoryWatch::new(&self.inner, channels, None)
    }

    fn watch_keys(&self, channels: &Channels, keys: &Keys) -> MemoryWatch {
        // Who is found by no key is told of everything, or it would not be told of the end either.
        let keys = keys.iter().next().and(Some(keys));
        MemoryWatch::new(&self.inner, channels, keys)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        if let Some(watchers) = self.inner.watchers_of(channel) {
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
