//! One watch over channels of the log in memory.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::watch::Shout;
use super::super::watchers::Watcher;
use super::super::{Changed, Channels, Keys, Signal, Watch};
use super::store::Store;

/// A watch over channels of a [`MemoryLog`](super::MemoryLog). It keeps the log alive.
pub struct MemoryWatch {
    log: Arc<Store>,
    channels: Channels,
    /// Those of which it is hinted, where it is not all.
    keys: Option<Keys>,
    watcher: Arc<Watcher<Shout>>,
}

impl MemoryWatch {
    pub(super) fn new(log: &Arc<Store>, channels: &Channels, keys: Option<&Keys>) -> Self {
        let watcher = Watcher::new();
        let now = log.now();
        for (index, name) in channels.iter().enumerate() {
            let mut shard = log.shard(name);
            let channel = shard.open(name, now, &log.bounds);
            match keys {
                None => channel.watchers().join(&watcher, index),
                Some(keys) => channel.watchers().join_keys(&watcher, index, keys.iter()),
            }
        }
        Self {
            log: Arc::clone(log),
            channels: channels.clone(),
            keys: keys.cloned(),
            watcher,
        }
    }
}

impl Watch for MemoryWatch {
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<Changed> {
        self.watcher.poll_changed(cx)
    }

    fn take_signal(&mut self) -> Option<Signal> {
        self.watcher.next_signal()
    }
}

impl fmt::Debug for MemoryWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryWatch")
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.watcher.leave();
        for name in self.channels.iter() {
            let mut shard = self.log.shard(name);
            let now = self.log.now();
            if let Some(channel) = shard.get(name, now, &self.log.bounds) {
                channel.left(self.keys.as_ref());
            }
            shard.free_if_idle(name);
            drop(shard);
            self.log.sweep(now);
        }
    }
}
