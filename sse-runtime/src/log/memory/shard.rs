//! Some of the channels, behind one lock.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use super::super::{ChannelName, Epoch};
use super::bounds::{Bounds, Moment};
use super::channel::Channel;

/// How many channels of the queue are looked at with each use of the log, so that sweeping needs no
/// task and no use takes long.
const LOOKS: usize = 8;

/// Of the log, for numbers of what was forgotten.
const PLACES: usize = 8192;

pub(super) struct Shard {
    epoch: Epoch,
    channels: HashMap<ChannelName, Box<Channel>, BuildHasherDefault<HashOfName>>,
    /// Those that hold something, in the order in which they are looked at.
    queue: VecDeque<Look>,
    /// The highest numbers of what was forgotten, one for all channels whose hash falls on it.
    forgotten: Box<[u64]>,
}

struct Look {
    channel: ChannelName,
    at: Moment,
    /// The channel's last number at that time.
    last: u64,
}

impl Shard {
    pub(super) fn new(epoch: Epoch, shards: usize) -> Self {
        Self {
            epoch,
            channels: HashMap::default(),
            queue: VecDeque::new(),
            forgotten: vec![0; PLACES / shards].into(),
        }
    }

    /// The channel, where it is known, without what is too old in it.
    pub(super) fn get(
        &mut self,
        name: &ChannelName,
        now: Moment,
        bounds: &Bounds,
    ) -> Option<&mut Channel> {
        let channel = self.channels.get_mut(name)?;
        channel.expire(now, bounds);
        Some(channel)
    }

    /// The channel, which begins if it is not known.
    pub(super) fn open(
        &mut self,
        name: &ChannelName,
        now: Moment,
        bounds: &Bounds,
    ) -> &mut Channel {
        let base = self.forgotten_of(name);
        let new = || Box::new(Channel::new(self.epoch.of_channel(name), base));
        let channel = self.channels.entry(name.clone()).or_insert_with(new);
        channel.expire(now, bounds);
        channel
    }

    /// The number up to which whatever a channel had may be forgotten.
    pub(super) fn forgotten_of(&self, name: &ChannelName) -> u64 {
        let place = self.forgotten.get(self.place(name));
        place.copied().unwrap_or_default()
    }

    fn place(&self, name: &ChannelName) -> usize {
        (name.hash() >> 32) as usize % self.forgotten.len().max(1)
    }

    /// Frees the channel if nothing is lost by that.
    pub(super) fn free_if_idle(&mut self, name: &ChannelName) {
        let Some(channel) = self.channels.get(name) else {
            return;
        };
        if channel.queued || !channel.is_idle() {
            return;
        }
        let last = channel.last();
        let place = self.place(name);
        if let Some(forgotten) = self.forgotten.get_mut(place) {
            *forgotten = last.max(*forgotten);
        }
        self.channels.remove(name);
        // Halved when a quarter is used, so that each shrinking is paid for by as many removals.
        if self.channels.len() < self.channels.capacity() / 4 {
            self.channels.shrink_to(self.channels.len() * 2);
        }
    }

    /// Puts a channel that holds something into the queue. Returns whether it was not there.
    pub(super) fn enqueue(&mut self, name: &ChannelName, now: Moment) -> bool {
        let Some(channel) = self.channels.get_mut(name) else {
            return false;
        };
        if channel.queued {
            return false;
        }
        channel.queued = true;
        let last = channel.last();
        self.queue.push_back(Look {
            channel: name.clone(),
            at: now,
            last,
        });
        true
    }

    /// Looks at some channels that were not looked at for long, and frees what is too old. Returns
    /// how many hold nothing any more.
    pub(super) fn sweep(&mut self, now: Moment, bounds: &Bounds) -> usize {
        let mut emptied = 0;
        for _ in 0..LOOKS {
            match self.queue.front() {
                Some(look) if now.saturating_sub(look.at) >= bounds.interval() => {}
                _ => break,
            }
            let Some(look) = self.queue.pop_front() else {
                break;
            };
            let Some(channel) = self.channels.get_mut(&look.channel) else {
                continue;
            };
            channel.expire(now, bounds);
            if channel.is_empty() {
                self.dequeued(&look.channel);
                emptied += 1;
            } else {
                let last = channel.last();
                self.queue.push_back(Look {
                    at: now,
                    last,
                    ..look
                });
            }
        }
        emptied
    }

    /// Drops what one channel holds that was not appended to since it was last looked at, but not
    /// that of `spared`. Returns whether there was one.
    pub(super) fn evict(&mut self, spared: &ChannelName, now: Moment) -> bool {
        // After one time around all have been looked at.
        for _ in 0..=self.queue.len() {
            let Some(look) = self.queue.pop_front() else {
                return false;
            };
            let Some(channel) = self.channels.get_mut(&look.channel) else {
                continue;
            };
            let last = channel.last();
            if last != look.last || look.channel == *spared {
                self.queue.push_back(Look {
                    at: now,
                    last,
                    ..look
                });
                continue;
            }
            channel.clear();
            self.dequeued(&look.channel);
            return true;
        }
        false
    }

    fn dequeued(&mut self, name: &ChannelName) {
        if let Some(channel) = self.channels.get_mut(name) {
            channel.queued = false;
        }
        self.free_if_idle(name);
        if self.queue.len() < self.queue.capacity() / 4 {
            self.queue.shrink_to(self.queue.len() * 2);
        }
    }
}

/// Names know their hash.
#[derive(Default)]
struct HashOfName(u64);

impl Hasher for HashOfName {
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
