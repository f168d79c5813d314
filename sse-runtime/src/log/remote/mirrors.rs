//! What a node keeps of the channels that are watched there.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use super::super::watch::Shout;
use super::super::watchers::{Call, To, Watcher, Watchers};
use super::super::{ChannelName, Cursor, Health};

/// All channels that are watched on this node.
#[derive(Default)]
pub(crate) struct Mirrors {
    state: Mutex<State>,
    has_interest: Notify,
}

#[derive(Default)]
struct State {
    channels: HashMap<ChannelName, Mirror>,
    /// Those of which the engine's task has not taken yet whether they are watched; each once.
    changed: VecDeque<ChannelName>,
    is_changed: HashSet<ChannelName>,
    impaired: Option<String>,
}

struct Mirror {
    watchers: Arc<Watchers<Shout>>,
}

/// Whether a channel is watched now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Somebody watches: hints of it are wanted. Once they come, say so by [`Mirrors::heard`].
    Watched(ChannelName),
    /// Nobody does.
    Unwatched(ChannelName),
}

/// For the engine's task: what it hears.
impl Mirrors {
    /// The next channel that has begun or ceased to be watched. Nothing is lost where the future is
    /// dropped.
    pub(crate) async fn interest(&self) -> Interest {
        loop {
            if let Some(interest) = self.take_interest() {
                return interest;
            }
            self.has_interest.notified().await;
        }
    }

    /// The same, where there is one now.
    pub(crate) fn take_interest(&self) -> Option<Interest> {
        let mut state = self.state();
        let name = state.changed.pop_front()?;
        state.is_changed.remove(&name);
        let is_watched = state.channels.contains_key(&name);
        Some(match is_watched {
            true => Interest::Watched(name),
            false => Interest::Unwatched(name),
        })
    }

    /// Hints of all that is appended to the channel come from now on.
    pub(crate) fn heard(&self, channel: &ChannelName) {
        self.hinted(channel, None);
    }

    /// Hints of all channels come from now on, whether they are watched already or not: for an engine
    /// that hears of everything.
    pub(crate) fn heard_all(&self) {
        let names: Vec<_> = self.state().channels.keys().cloned().collect();
        for name in names {
            self.hinted(&name, None);
        }
    }

    /// No hints come any more. All that is watched is told once more as `Interest::Watched`.
    pub(crate) fn deaf(&self) {
        let mut state = self.state();
        let names: Vec<_> = state.channels.keys().cloned().collect();
        for name in names {
            state.change(&name);
        }
        drop(state);
        self.has_interest.notify_one();
    }

    /// A channel has ended, or has more: up to that place, where that is known.
    pub(crate) fn hinted(&self, channel: &ChannelName, end: Option<Cursor>) {
        let _ = end;
        let watchers = self.watchers_of(channel);
        if let Some(watchers) = watchers {
            watchers.call(Call::appended(To::Everyone));
        }
    }

    /// A signal has come. `wire` is the record's lines and a blank line.
    pub(crate) fn signalled(&self, channel: &ChannelName, key: Option<Arc<str>>, wire: Bytes) {
        if let Some(watchers) = self.watchers_of(channel) {
            watchers.call(Call::signal((key, wire)));
        }
    }

    /// The engine cannot be reached, or cannot do all of its work, for that reason.
    pub(crate) fn impaired(&self, reason: impl Into<String>) {
        self.state().impaired = Some(reason.into());
    }

    /// The engine does all of its work.
    pub(crate) fn serving(&self) {
        self.state().impaired = None;
    }
}

impl Mirrors {
    pub(super) fn health(&self) -> Health {
        match &self.state().impaired {
            None => Health::Serving,
            Some(reason) => Health::Impaired {
                reason: reason.clone(),
            },
        }
    }

    pub(super) fn join<'k>(
        &self,
        channel: &ChannelName,
        watcher: &Arc<Watcher<Shout>>,
        index: usize,
        keys: Option<impl Iterator<Item = &'k str>>,
    ) {
        let mut state = self.state();
        let mirror = state.channels.entry(channel.clone());
        let is_new = matches!(mirror, std::collections::hash_map::Entry::Vacant(_));
        let mirror = mirror.or_insert_with(|| Mirror {
            watchers: Arc::new(Watchers::new()),
        });
        match keys {
            None => mirror.watchers.join(watcher, index),
            Some(keys) => mirror.watchers.join_keys(watcher, index, keys),
        }
        if is_new {
            state.change(channel);
            drop(state);
            self.has_interest.notify_one();
        }
    }

    pub(super) fn left<'k>(
        &self,
        channel: &ChannelName,
        keys: Option<impl Iterator<Item = &'k str>>,
    ) {
        let mut state = self.state();
        let Some(mirror) = state.channels.get(channel) else {
            return;
        };
        let is_watched = match keys {
            None => mirror.watchers.left(),
            Some(keys) => mirror.watchers.left_keys(keys),
        };
        if !is_watched {
            state.channels.remove(channel);
            state.change(channel);
            drop(state);
            self.has_interest.notify_one();
        }
    }

    fn watchers_of(&self, channel: &ChannelName) -> Option<Arc<Watchers<Shout>>> {
        let state = self.state();
        Some(Arc::clone(&state.channels.get(channel)?.watchers))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn change(&mut self, channel: &ChannelName) {
        if self.is_changed.insert(channel.clone()) {
            self.changed.push_back(channel.clone());
        }
    }
}
