//! Who watches, and what becomes of a channel that nobody does.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::super::super::watch::Shout;
use super::super::super::watchers::Watcher;
use super::super::super::{ChannelName, Keys};
use super::super::mirror::{Mirror, Progress};
use super::Mirrors;

/// How long a channel is listened to that nobody watches any more: whoever reloads a page, or comes
/// back after a network has changed, finds it as it was.
pub(super) const LINGER: Duration = Duration::from_secs(10);

/// How many of those there are. At the bound the one that was left first is let go.
const MAX_LINGERING: usize = 1000;

impl Mirrors {
    pub(in super::super) fn join(
        &self,
        channel: &ChannelName,
        watcher: &Arc<Watcher<Shout>>,
        index: usize,
        keys: Option<&Keys>,
    ) {
        if let Some(mirror) = self.channels().mirrors.get(channel) {
            return join(mirror, watcher, index, keys);
        }
        let mut channels = self.channels_mut();
        let hears = channels.hears_all;
        let mut is_new = false;
        let mirror = channels.mirrors.entry(channel.clone());
        let mirror = Arc::clone(mirror.or_insert_with(|| {
            is_new = true;
            let retention = self.log.get().map(|log| log.retention);
            Arc::new(Mirror::new(channel.clone(), retention.unwrap_or_default()))
        }));
        join(&mirror, watcher, index, keys);
        drop(channels);
        if is_new {
            self.turns().looks.push_back(Arc::clone(&mirror));
            self.changes.add([channel.clone()]);
            if hears {
                self.change(&mirror, Progress::heard);
            }
        }
    }

    pub(in super::super) fn left(&self, channel: &ChannelName, keys: Option<&Keys>) {
        let Some(mirror) = self.find(channel) else {
            return;
        };
        let now = Instant::now();
        let mut progress = mirror.progress();
        progress.watches = progress.watches.saturating_sub(1);
        match keys {
            None => mirror.watchers.left(),
            Some(keys) => {
                progress.watches_of_keys = progress.watches_of_keys.saturating_sub(1);
                mirror.watchers.left_keys(keys.iter())
            }
        };
        if progress.watches > 0 {
            return;
        }
        progress.left_at = Some(now);
        drop(progress);
        let mut turns = self.turns();
        turns.lingering.push_back((mirror, now));
        let surplus = turns.lingering.len() > MAX_LINGERING;
        let surplus = surplus.then(|| turns.lingering.pop_front()).flatten();
        drop(turns);
        if let Some((mirror, left_at)) = surplus {
            self.forget(&mirror, left_at);
        }
    }

    /// Forgets a channel that nobody has watched since.
    pub(super) fn forget(&self, mirror: &Arc<Mirror>, left_at: Instant) {
        let mut channels = self.channels_mut();
        let mut progress = self.lock(mirror);
        if progress.is_gone || progress.left_at != Some(left_at) {
            return;
        }
        progress.is_gone = true;
        progress.clear();
        drop(progress);
        channels.mirrors.remove(&mirror.name);
        let spare = channels.mirrors.capacity() / 4;
        if channels.mirrors.len() < spare {
            let twice = 2 * channels.mirrors.len();
            channels.mirrors.shrink_to(twice);
        }
        drop(channels);
        self.changes.add([mirror.name.clone()]);
    }
}

fn join(mirror: &Mirror, watcher: &Arc<Watcher<Shout>>, index: usize, keys: Option<&Keys>) {
    let mut progress = mirror.progress();
    progress.watches += 1;
    progress.left_at = None;
    match keys {
        None => mirror.watchers.join(watcher, index),
        Some(keys) => {
            progress.watches_of_keys += 1;
            mirror.watchers.join_keys(watcher, index, keys.iter());
        }
    }
}
