//! All channels of a log in memory, each behind the lock of its shard.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use tokio::time::Instant;

use super::super::segment::largest_size;
use super::super::watch::Shout;
use super::super::watchers::{Call, To, Watchers};
use super::super::{
    AppendError, Appended, ChannelName, Condition, Cursor, Epoch, Extent, Limit, Page, Record,
    Standing,
};
use super::bounds::{Bounds, Moment};
use super::channel::{Channel, stand};
use super::once::Written;
use super::shard::Shard;

pub(super) struct Store {
    pub(super) epoch: Epoch,
    pub(super) bounds: Bounds,
    began: Instant,
    shards: Box<[Mutex<Shard>]>,
    /// The channels in all queues: those that hold something.
    holding: AtomicUsize,
    /// Which shard is swept next.
    turn: AtomicUsize,
}

impl Store {
    pub(super) fn new(bounds: Bounds) -> Self {
        // With few channels, one lock: then the one dropped at the bound is the right one.
        let shards = if bounds.channels < 1024 { 1 } else { 16 };
        let epoch = Epoch::random();
        Self {
            epoch,
            bounds,
            began: Instant::now(),
            shards: (0..shards)
                .map(|_| Mutex::new(Shard::new(epoch, shards)))
                .collect(),
            holding: AtomicUsize::new(0),
            turn: AtomicUsize::new(0),
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.began.elapsed()
    }

    pub(super) fn shard(&self, name: &ChannelName) -> MutexGuard<'_, Shard> {
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
    pub(super) fn write(
        &self,
        name: &ChannelName,
        records: &[Record<'_>],
        ends: bool,
        condition: Option<Condition<'_>>,
    ) -> Result<Written, AppendError> {
        let epoch = self.epoch.of_channel(name);
        self.can_keep(epoch, records)?;
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
            let to = self.to_whom(&watchers, channel, records, now);
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

    /// Each of them, whatever else there is.
    fn can_keep(&self, epoch: Epoch, records: &[Record<'_>]) -> Result<(), AppendError> {
        let limit = self.bounds.bytes;
        let mut sizes = records.iter().map(|record| largest_size(epoch, record));
        match sizes.find(|bytes| *bytes > limit) {
            Some(bytes) => Err(AppendError::TooLarge { bytes, limit }),
            None => Ok(()),
        }
    }

    /// Who is told of what has just been appended.
    fn to_whom(
        &self,
        watchers: &Watchers<Shout>,
        channel: &mut Channel,
        records: &[Record<'_>],
        now: Moment,
    ) -> To {
        match watchers.has_keys() {
            true if channel.must_tell_everyone(now, &self.bounds) => To::Everyone,
            true => To::who_wants(records.iter().filter_map(Record::key)),
            false => To::default(),
        }
    }

    pub(super) fn append_all(
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
    pub(super) fn sweep(&self, now: Moment) {
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

    pub(super) fn read_after(&self, name: &ChannelName, cursor: Cursor, limit: Limit) -> Page {
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

    pub(super) fn extent(&self, name: &ChannelName) -> Extent {
        let now = self.now();
        let mut shard = self.shard(name);
        if let Some(channel) = shard.get(name, now, &self.bounds) {
            return channel.extent();
        }
        Channel::new(self.epoch.of_channel(name), shard.forgotten_of(name)).extent()
    }

    pub(super) fn watchers_of(&self, name: &ChannelName) -> Option<Arc<Watchers<Shout>>> {
        let now = self.now();
        self.shard(name).get(name, now, &self.bounds)?.to_call()
    }
}

/// Of bits that the maps within the shards do not go by.
fn shard_of(name: &ChannelName) -> usize {
    (name.hash() >> 48) as usize
}
