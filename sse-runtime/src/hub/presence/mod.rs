//! Who is present in a channel, over all nodes.
//!
//! A node tells the others about its own members when they change, and that it is there every ten
//! seconds: by signals, so it works on every log that has them. What a signal that was lost has
//! failed to tell is told again a minute later at most; a node that says nothing is gone after half
//! a minute.

mod notice;
mod present;
mod roster;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::scope::Own;
use super::{Hub, InvalidChannel};
use crate::log::{ChannelName, Channels, EventLog, Record, Watch};
use notice::Notice;
pub use present::{InvalidMember, Presence, Present};
use roster::{Roster, SILENCE};

/// Changes are told together that come within this time of each other.
const GATHER: Duration = Duration::from_millis(50);

/// A node says so often that it is still there,
const ALIVE: Duration = Duration::from_secs(SILENCE.as_secs() / 3);

/// and everything it has to say at every so many times.
const RETELL: u32 = 6;

/// Between two notices of one node.
const PACE: Duration = Duration::from_millis(10);

/// Who is present by way of this process and of others, for all clones of a hub.
#[derive(Debug, Default)]
pub(super) struct Presences {
    state: Arc<State>,
    /// Where it has begun to listen. It ends with its runtime, of which there may be several in turn.
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Presences {
    fn enter(&self, channel: &ChannelName, who: &Arc<str>) {
        self.state.roster().enter(channel, who);
        self.state.has_news.notify_one();
    }

    fn leave(&self, channel: &ChannelName, who: &str) {
        self.state.roster().leave(channel, who);
        self.state.has_news.notify_one();
    }
}

#[derive(Debug)]
struct State {
    node: u64,
    roster: Mutex<Roster>,
    has_news: Notify,
    /// Nobody is left who could enter or leave.
    is_over: AtomicBool,
}

impl State {
    fn roster(&self) -> MutexGuard<'_, Roster> {
        // Whole between any two statements.
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            // The keys of `RandomState` come from the system's source of randomness.
            node: RandomState::new().hash_one("node"),
            roster: Mutex::default(),
            has_news: Notify::new(),
            is_over: AtomicBool::new(false),
        }
    }
}

impl Drop for Presences {
    fn drop(&mut self) {
        // The task tells what is left to tell, that those who were here have left, and ends.
        self.state.is_over.store(true, Ordering::Relaxed);
        self.state.has_news.notify_one();
    }
}

/// Presence.
impl<E, L: EventLog> Hub<E, L> {
    /// Says that `who` is present in a channel, until the returned guard is dropped: let the stream
    /// keep it, with [`Context::hold`](crate::Context::hold). Who enters several times, as with two
    /// windows, is there once.
    ///
    /// Other nodes on the same log are told, if the log has
    /// [signals](crate::log::Property::Signals) and this is called within a tokio runtime. They forget
    /// it when this node dies.
    ///
    /// # Errors
    ///
    /// [`InvalidMember`] where `channel` is no channel, or `who` is empty or more than 256 bytes.
    pub async fn enter(&self, channel: &str, who: &str) -> Result<Presence, InvalidMember> {
        let channel = self
            .scope
            .channel(channel)
            .map_err(InvalidMember::Channel)?;
        if who.is_empty() || who.len() > InvalidMember::MAX_BYTES {
            return Err(InvalidMember::Who { bytes: who.len() });
        }
        self.listen();
        let who = Arc::from(who);
        self.presences.enter(&channel, &who);
        Ok(Presence {
            presences: Arc::clone(&self.presences),
            channel,
            who,
        })
    }

    /// Who is present in a channel, on all nodes. What other nodes say takes a moment to arrive, the
    /// first time above all.
    ///
    /// # Errors
    ///
    /// [`InvalidMember::Channel`].
    pub async fn present(&self, channel: &str) -> Result<Present, InvalidMember> {
        let channel = self
            .scope
            .channel(channel)
            .map_err(InvalidMember::Channel)?;
        self.listen();
        Ok(self
            .presences
            .state
            .roster()
            .present(&channel, Instant::now()))
    }

    /// Listens to other nodes and tells them, from the first time on.
    fn listen(&self) {
        let task = self.presences.task.lock();
        let mut task = task.unwrap_or_else(PoisonError::into_inner);
        if task.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let Ok(channel) = self.scope.own(Own::Presence) else {
            return;
        };
        let Ok(channels) = Channels::new([channel.clone()]) else {
            return;
        };
        let speaker = Speaker {
            log: Arc::clone(&self.log),
            channel,
        };
        // Before anything is said: what others answer is heard.
        let watch = self.log.watch(&channels);
        let state = Arc::clone(&self.presences.state);
        // What a task that has ended had taken to tell may not have been told.
        state.roster().retell();
        *task = Some(runtime.spawn(attend(state, speaker, watch)));
    }
}

/// Listens to other nodes and tells them.
async fn attend<L: EventLog, W: Watch>(state: Arc<State>, speaker: Speaker<L>, mut watch: W) {
    let mut alive = interval(ALIVE);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut beats = 0_u32;
    // Here, as a log that does not answer is nothing that who enters should wait for.
    speaker.say(&Notice::Hello { node: state.node }).await;
    loop {
        tokio::select! {
            _ = watch.changed() => {
                while let Some(signal) = watch.take_signal() {
                    let notice = notice::decode(&signal);
                    if let Some(notice) = notice.filter(|notice| notice.node() != state.node) {
                        state.roster().hear(notice, Instant::now());
                    }
                }
            }
            () = state.has_news.notified() => {}
            _ = alive.tick() => {
                state.roster().expire(Instant::now());
                beats = beats.wrapping_add(1);
                if beats.is_multiple_of(RETELL) {
                    state.roster().retell();
                }
                speaker.say(&Notice::Alive { node: state.node }).await;
            }
        }
        if state.roster().has_news() {
            sleep(GATHER).await;
            let news = state.roster().news(state.node);
            for notice in news {
                speaker.say(&notice).await;
                // Who listens keeps few signals: none is to be lost for being one of many.
                sleep(PACE).await;
            }
        }
        if state.is_over.load(Ordering::Relaxed) && !state.roster().has_news() {
            return;
        }
    }
}

struct Speaker<L> {
    log: Arc<L>,
    channel: ChannelName,
}

impl<L: EventLog> Speaker<L> {
    /// Best effort: what is not heard is told again.
    async fn say(&self, notice: &Notice<'_>) {
        let lines = notice.encode();
        let Ok(record) = Record::new(lines.as_bytes()) else {
            return;
        };
        if let Err(error) = self.log.signal(&self.channel, &record).await {
            tracing::debug!(%error, "other nodes are not told who is present");
        }
    }
}
