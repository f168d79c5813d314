//! Which channels have begun or ceased to be watched, for the engine's task.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::super::ChannelName;

/// Whether a channel is watched now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// Somebody watches: hints of it are wanted. Once they come, say so by
    /// [`Mirrors::heard`](super::Mirrors::heard).
    Watched(ChannelName),
    /// Nobody does.
    Unwatched(ChannelName),
}

/// Channels of which it was not taken yet whether they are watched; each once.
#[derive(Default)]
pub(super) struct Changes {
    state: Mutex<State>,
    more: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<ChannelName>,
    queued: HashSet<ChannelName>,
}

impl Changes {
    pub(super) fn add(&self, names: impl IntoIterator<Item = ChannelName>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { queue, queued } = &mut *state;
        let new = names.into_iter().filter(|name| queued.insert(name.clone()));
        queue.extend(new);
        drop(state);
        self.more.notify_one();
    }

    pub(super) fn take(&self) -> Option<ChannelName> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let name = state.queue.pop_front()?;
        state.queued.remove(&name);
        Some(name)
    }

    /// Ready when there may be more.
    pub(super) async fn more(&self) {
        self.more.notified().await;
    }
}
