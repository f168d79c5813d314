//! What a node knows of the ends of channels, so that not each append has to look for one.
//!
//! One question tells whether *any* channel has ended since the last one, and stands for all who have
//! appended something meanwhile. What is asked is the stream itself, after the acknowledgement: that
//! needs no order among what a server sends. (The end of a channel is passed on to who subscribes to
//! that; but up to 2.9.15, and in a cluster, the acknowledgement of what was appended after it may come
//! before it.)

use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::super::{ChannelName, ReadError};
use super::link::Link;
use super::message::{self, Stored};
use super::subjects::Subjects;

/// Of how many channels the last end is remembered. At the bound all are forgotten, and each costs one
/// look again: 4 MB where names are 200 bytes long.
const MOST_CHANNELS: usize = 16 * 1024;

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

#[derive(Default)]
struct State {
    /// Changes when all is forgotten.
    generation: u64,
    /// Of each of these channels no end with a higher number lies before `sure`.
    last: HashMap<ChannelName, LastEnd>,
    sure: u64,
    /// The newest message of the stream that is known to be there.
    stored: u64,
    /// Numbers have fallen: the stream is another one, which this link is about to be told.
    is_over: bool,
    /// Those whose messages are stored after what is sure. Who is told nothing looks for itself.
    waiting: Vec<oneshot::Sender<()>>,
    looks: usize,
}

/// The last end of a channel, of whatever life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LastEnd {
    /// 0 where there was never one.
    pub(super) seq: u64,
    /// Until when the channel is kept, in milliseconds since 1970.
    pub(super) until: u64,
}

impl LastEnd {
    /// Whether the name is free again, or was never taken.
    pub(super) fn is_over(self) -> bool {
        self.until <= message::now()
    }
}

/// What was known before a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    generation: u64,
    sure: u64,
    stored: u64,
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
    pub(super) fn before(&self) -> Before {
        let state = self.state();
        Before {
            generation: state.generation,
            sure: state.sure,
            stored: state.stored,
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

    /// Whether this is the last end of a channel before a message that is stored. Where it is not, or
    /// nobody knows, it has to be looked for.
    pub(super) async fn is_last(
        &self,
        link: &Arc<Link>,
        channel: &ChannelName,
        (end, message): (u64, u64),
        deadline: Instant,
    ) -> bool {
        let told = {
            let mut state = self.state();
            if !state.is_last(channel, end) || state.sure >= message {
                return state.is_last(channel, end);
            }
            let (tell, told) = oneshot::channel();
            state.waiting.push(tell);
            if state.looks < MOST_LOOKS {
                state.looks += 1;
                tokio::spawn(look_for_all(Arc::clone(link)));
            }
            told
        };
        let is_sure = matches!(timeout_at(deadline, told).await, Ok(Ok(())));
        is_sure && self.state().is_last(channel, end)
    }

    /// Sees all ends before what is known to be stored, or forgets all of them.
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
            if sure >= stored {
                return Ok(());
            }
            let end = link.next(&subject, sure + 1, deadline).await?;
            sure = end.as_ref().map_or(stored, |end| end.seq);
            let mut state = self.state();
            if state.generation != generation {
                return Ok(());
            }
            state.sure = state.sure.max(sure);
            state.stored = state.stored.max(sure);
            if let Some(end) = end {
                state.came(&self.subjects, &end);
            }
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

impl State {
    fn is_last(&self, channel: &ChannelName, end: u64) -> bool {
        !self.is_over && self.last.get(channel).is_some_and(|last| last.seq == end)
    }

    /// Knows nothing of what is there already.
    fn begin_anew(&mut self) {
        self.generation += 1;
        self.last.clear();
        self.sure = self.stored;
    }

    fn came(&mut self, subjects: &Subjects, end: &Stored) {
        let channel = end.subject().and_then(|it| subjects.ended(it));
        if let Some(channel) = channel {
            let (seq, until) = (end.seq, end.until().unwrap_or(u64::MAX));
            self.learn(&channel, LastEnd { seq, until }, 0);
        }
    }

    /// That this is the last end of a channel; and where that was looked for, up to which number it
    /// would have been found. One that was not found any more was dropped.
    fn learn(&mut self, channel: &ChannelName, end: LastEnd, up_to: u64) {
        self.stored = self.stored.max(end.seq);
        if let Some(last) = self.last.get_mut(channel) {
            if last.seq < end.seq || last.seq <= up_to {
                *last = end;
            }
        } else if self.last.len() < MOST_CHANNELS {
            self.last.insert(channel.clone(), end);
        } else {
            self.begin_anew();
        }
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::message::headers;
    use super::*;

    const KEPT: LastEnd = LastEnd {
        seq: 7,
        until: u64::MAX,
    };

    fn room() -> ChannelName {
        ChannelName::new("room").unwrap()
    }

    fn ends(stored: u64) -> Ends {
        let subjects = Subjects::new("sse").unwrap();
        Ends::new(&subjects, stored, Duration::from_secs(5))
    }

    #[test]
    fn what_was_found_by_looking_is_the_last_end_until_another_one_comes() {
        let ends = ends(7);
        let before = ends.before();
        ends.looked(&room(), KEPT, before);
        assert_eq!(ends.last(&room()), Some(KEPT));
        let mut headers = headers(0, 0, Some(99));
        headers.insert(async_nats::header::NATS_SUBJECT, "sse.room.end");
        let end = Stored::new(9, headers, Bytes::new());
        ends.state().came(&ends.subjects, &end);
        assert_eq!(ends.last(&room()), Some(LastEnd { seq: 9, until: 99 }));
        // A look that was answered before that, and heard of after it.
        ends.looked(&room(), KEPT, before);
        assert_eq!(ends.last(&room()).unwrap().seq, 9);
        // One that would have found it.
        ends.looked(&room(), LastEnd::default(), ends.before());
        assert_eq!(ends.last(&room()).unwrap().seq, 0);
    }

    #[test]
    fn a_look_that_began_before_all_was_forgotten_tells_nothing() {
        let ends = ends(7);
        let before = ends.before();
        ends.state().begin_anew();
        ends.looked(&room(), KEPT, before);
        assert_eq!(ends.last(&room()), None);
    }

    #[test]
    fn no_more_channels_are_remembered_than_so_many() {
        let ends = ends(0);
        for n in 0..=MOST_CHANNELS {
            let channel = ChannelName::new(n.to_string()).unwrap();
            ends.looked(&channel, LastEnd::default(), ends.before());
            assert!(ends.state().last.len() <= MOST_CHANNELS);
        }
        assert_eq!(ends.state().last.len(), 0);
    }

    #[test]
    fn where_numbers_fall_nothing_is_known_any_more() {
        let ends = ends(7);
        ends.looked(&room(), LastEnd::default(), ends.before());
        assert!(ends.state().is_last(&room(), 0));
        ends.stored_after(8, ends.before());
        assert!(ends.state().is_last(&room(), 0));
        ends.stored_after(3, ends.before());
        assert!(!ends.state().is_last(&room(), 0));
    }
}
