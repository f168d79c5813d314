//! Up to where a channel is known to have nothing.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::ChannelName;

/// What was seen of channels that are watched here.
///
/// A place in a channel is a number of the whole stream, and the stream forgets what is old. So of a
/// channel in which nothing happens for long, its own last place lies before all that the stream still
/// has, and nothing there tells whether anything came after it. Who looks now and then knows: nothing
/// did, up to where the stream ended then.
#[derive(Debug, Default)]
pub(super) struct Marks {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    marks: HashMap<ChannelName, Mark>,
    swept: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    /// Where the channel ends, and has ended since it was first seen to hold nothing.
    end: u64,
    /// Up to where the stream holds nothing of the channel after that.
    sure: u64,
    is_over: bool,
    at: Instant,
}

/// How long what is known of a channel is kept that nobody looks at any more.
const KEPT: Duration = Duration::from_secs(10 * 60);

impl Marks {
    /// Where the channel ends that is not over, where nothing has come to the whole stream since that
    /// was seen.
    pub(super) fn unchanged(&self, channel: &ChannelName, last: u64) -> Option<u64> {
        let mut state = self.state();
        let mark = state.marks.get_mut(channel)?;
        // One that is over is free at some time, without anything that comes.
        let is_unchanged = mark.sure == last && !mark.is_over;
        is_unchanged.then(|| {
            mark.at = Instant::now();
            mark.end
        })
    }

    /// That the newest message of the channel was this one, when the stream had ended with `last` a
    /// moment before. Returns where the channel ends: also where it holds nothing any more.
    pub(super) fn saw(
        &self,
        channel: &ChannelName,
        last: u64,
        (newest, is_over): (Option<u64>, bool),
        age: Duration,
    ) -> u64 {
        let now = Instant::now();
        let mut state = self.state();
        state.sweep(now);
        let known = state.marks.get(channel).copied();
        // What came and went since then was not seen where it is kept no longer than that.
        let known = known.filter(|mark| now.duration_since(mark.at) < age);
        let end = newest.or(known.map(|mark| mark.end)).unwrap_or(last);
        let mark = Mark {
            end,
            sure: last.max(end),
            is_over,
            at: now,
        };
        state.marks.insert(channel.clone(), mark);
        end
    }

    /// The last number of the stream up to which nothing came to the channel after this one.
    pub(super) fn nothing_up_to(&self, channel: &ChannelName, passed: u64) -> u64 {
        match self.state().marks.get(channel) {
            Some(mark) if (mark.end..=mark.sure).contains(&passed) => mark.sure,
            _ => passed,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn sweep(&mut self, now: Instant) {
        let swept = *self.swept.get_or_insert(now);
        if now.duration_since(swept) >= KEPT {
            self.swept = Some(now);
            self.marks
                .retain(|_, mark| now.duration_since(mark.at) < KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const AGE: Duration = Duration::from_secs(60);

    fn room() -> ChannelName {
        ChannelName::new("room").unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_channel_that_holds_nothing_ends_where_the_stream_did() {
        let marks = Marks::default();
        assert_eq!(marks.saw(&room(), 7, (None, false), AGE), 7);
        assert_eq!(
            marks.saw(&room(), 9, (None, false), AGE),
            7,
            "and stays there"
        );
        assert_eq!(marks.nothing_up_to(&room(), 7), 9);
        assert_eq!(marks.nothing_up_to(&room(), 8), 9);
        assert_eq!(marks.nothing_up_to(&room(), 6), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_channel_keeps_its_end_when_its_last_message_is_too_old() {
        let marks = Marks::default();
        assert_eq!(marks.saw(&room(), 9, (Some(5), false), AGE), 5);
        assert_eq!(marks.saw(&room(), 99, (None, false), AGE), 5);
        assert_eq!(marks.nothing_up_to(&room(), 5), 99);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_not_looked_for_long_knows_nothing() {
        let marks = Marks::default();
        assert_eq!(marks.saw(&room(), 9, (Some(5), false), AGE), 5);
        advance(AGE).await;
        assert_eq!(marks.saw(&room(), 99, (None, false), AGE), 99);
        assert_eq!(marks.nothing_up_to(&room(), 5), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn where_nothing_came_to_the_stream_nothing_came_to_the_channel() {
        let marks = Marks::default();
        assert_eq!(marks.unchanged(&room(), 9), None);
        marks.saw(&room(), 9, (Some(5), false), AGE);
        assert_eq!(marks.unchanged(&room(), 9), Some(5));
        assert_eq!(marks.unchanged(&room(), 10), None);
    }
}
