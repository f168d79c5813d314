//! One watch over channels of a log on the network.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::watch::Shout;
use super::super::watchers::Watcher;
use super::super::{Changed, Channels, Keys, Signal, Watch};
use super::Mirrors;

/// A watch over channels of a log on the network. Of the signals that have come and were not taken
/// it keeps 64; of more the oldest is lost.
pub struct RemoteWatch {
    mirrors: Arc<Mirrors>,
    channels: Channels,
    /// Those of which it is hinted, where it is not all.
    keys: Option<Keys>,
    watcher: Arc<Watcher<Shout>>,
}

impl RemoteWatch {
    pub(super) fn new(mirrors: &Arc<Mirrors>, channels: &Channels, keys: Option<&Keys>) -> Self {
        // Who is found by no key is told of everything, or it would not be told of the end either.
        let keys = keys.filter(|keys| keys.iter().next().is_some());
        let watcher = Watcher::new();
        for (index, name) in channels.iter().enumerate() {
            mirrors.join(name, &watcher, index, keys);
        }
        Self {
            mirrors: Arc::clone(mirrors),
            channels: channels.clone(),
            keys: keys.cloned(),
            watcher,
        }
    }
}

impl Watch for RemoteWatch {
    fn poll_changed(&mut self, cx: &mut Context<'_>) -> Poll<Changed> {
        self.watcher.poll_changed(cx)
    }

    fn take_signal(&mut self) -> Option<Signal> {
        self.watcher.next_signal()
    }
}

impl fmt::Debug for RemoteWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteWatch")
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

impl Drop for RemoteWatch {
    fn drop(&mut self) {
        self.watcher.leave();
        for name in self.channels.iter() {
            self.mirrors.left(name, self.keys.as_ref());
        }
    }
}
