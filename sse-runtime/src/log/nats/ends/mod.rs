//! What a node knows of the ends of channels, so that not each append has to look for one.
//!
//! One question tells whether *any* channel has ended since the last one, and stands for all who have
//! appended something meanwhile. What is asked is the stream itself, after the acknowledgement: that
//! needs no order among what a server sends. (The end of a channel is passed on to who subscribes to
//! that; but up to 2.9.15, and in a cluster, the acknowledgement of what was appended after it may come
//! before it.) Where the server stores a message before it reads on, the question goes out right behind
//! the message, and one way there and back is enough for both.

mod state;

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use super::super::{ChannelName, ReadError};
use super::link::Link;
use super::subjects::Subjects;
pub(super) use state::LastEnd;
use state::State;

/// How many messages of the stream the server looks through for an end. Where more have come since, as
/// others append much more than this node, it is cheaper to look for that of one channel.
const MOST_PASSED: u64 = 1024;

/// How many ends in a row are asked for before each looks for its own again.
const MOST_ENDS: usize = 16;

/// How many questions are under way at once: with two, what is stored while one is on its way need not
/// wait until that is over.
const MOST_LOOKS: usize = 2;

/// What is known of the stream of one link.
pub(super) struct Ends {
    subjects: Subjects,
    /// How long an answer is waited for.
    timeout: Duration,
    state: Mutex<State>,
}

/// What was known before a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    generation: u64,
    sure: u64,
    stored: u64,
    /// Whether there was a last end of the channel, or surely none.
    pub(super) is_known: bool,
}

impl Ends {
    /// Of a stream that holds messages up to that number.
    pub(super) fn new(subjects: &Subjects, stored: u64, timeout: Duration) -> Self {
        Self {
            subjects: subjects.clone(),
            timeout,
            state: Mutex::new(State {
                sure: stored,
                stored,
                ..State::default()
            }),
        }
    }

    /// The last end of a channel, as far as it is known: there may be a newer one.
    pub(super) fn last(&self, channel: &ChannelName) -> Option<LastEnd> {
        self.state().last.get(channel).copied()
    }

    /// To be taken before a message is published, or looked for.
    pub(super) fn before(&self, channel: &ChannelName) -> Before {
        let state = self.state();
        Before {
            generation: state.generation,
            sure: state.sure,
            stored: state.stored,
            is_known: state.last.contains_key(channel),
        }
    }

    /// The stream holds a message of this number.
    pub(super) fn stored(&self, seq: u64) {
        let mut state = self.state();
        state.stored = state.stored.max(seq);
    }

    /// A message that was published after that has this number.
    pub(super) fn stored_after(&self, seq: u64, before: Before) {
        let mut state = self.state();
        state.is_over |= seq <= before.sure && before.generation == state.generation;
        state.stored = state.stored.max(seq);
    }

    /// This was found to be the last end of a channel, by a look that began after that.
    pub(super) fn looked(&self, channel: &ChannelName, end: LastEnd, before: Before) {
        let mut state = self.state();
        // Since then ends may have been forgotten that came after this one.
        if before.generation == state.generation {
            state.learn(channel, end, before.stored);
        }
    }

    /// All ends before a message are seen that was published after that.
    pub(super) fn seen(&self, seq: u64, before: Before) {
        let mut state = self.state();
        if before.generation == state.generation {
            state.sure = state.sure.max(seq);
        }
    }

    /// Sees all ends that were there when this was asked, or that the server had been sent by then where
    /// it stores in turn. Whether that came to be.
    pub(super) async fn see(&self, link: &Arc<Link>, deadline: Instant) -> bool {
        let (tell, told) = oneshot::channel();
        {
            let mut state = self.state();
            state.waiting.push(tell);
            if state.looks < MOST_LOOKS {
                state.looks += 1;
                tokio::spawn(look_for_all(Arc::clone(link)));
            }
        }
        matches!(timeout_at(deadline, told).await, Ok(Ok(())))
    }

    /// Whether this is the last end of a channel before a message that is stored. Where it is not, or
    /// nobody knows, it has to be looked for.
    pub(super) async fn is_last(
        &self,
        link: &Arc<Link>,
        channel: &ChannelName,
        (end, message): (u64, u64),
        deadline: Instant,
    ) -> bool {
        let (is_last, is_sure) = {
            let state = self.state();
            (state.is_last(channel, end), state.sure >= message)
        };
        is_last && (is_sure || self.see(link, deadline).await && self.state().is_last(channel, end))
    }

    /// Sees all ends that are there, or forgets all of them.
    async fn look_on(&self, link: &Link) -> Result<(), ReadError> {
        let deadline = Instant::now() + self.timeout;
        let subject = self.subjects.all_ends();
        let (generation, mut sure, stored) = {
            let mut state = self.state();
            if state.stored.saturating_sub(state.sure) > MOST_PASSED {
                state.begin_anew();
            }
            (state.generation, state.sure, state.stored)
        };
        for _ in 0..MOST_ENDS {
            let end = link.next(&subject, sure + 1, deadline).await?;
            let mut state = self.state();
            if state.generation != generation {
                return Ok(());
            }
            let Some(end) = end else {
                state.sure = state.sure.max(stored);
                return Ok(());
            };
            sure = end.seq;
            state.sure = state.sure.max(sure);
            state.stored = state.stored.max(sure);
            state.came(&self.subjects, &end);
        }
        self.state().begin_anew();
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As long as somebody waits.
async fn look_for_all(link: Arc<Link>) {
    let ends = &link.ends;
    loop {
        // Others have something to publish, and one question is enough for all of them.
        yield_now().await;
        let waiting = {
            let mut state = ends.state();
            let waiting = mem::take(&mut state.waiting);
            if waiting.is_empty() {
                state.looks -= 1;
                return;
            }
            waiting
        };
        if ends.look_on(&link).await.is_ok() {
            for who in waiting {
                // Or has gone.
                let _ = who.send(());
            }
        }
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
