//! What is known of the ends of channels.

use std::collections::HashMap;

use tokio::sync::oneshot;

use super::super::super::ChannelName;
use super::super::message::{self, Stored};
use super::super::subjects::Subjects;

/// Of how many channels the last end is remembered. At the bound all are forgotten, and each costs one
/// look again: 4 MB where names are 200 bytes long.
pub(super) const MOST_CHANNELS: usize = 16 * 1024;

/// The last end of a channel, of whatever life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct LastEnd {
    /// 0 where there was never one.
    pub(in super::super) seq: u64,
    /// Until when the channel is kept, in milliseconds since 1970.
    pub(in super::super) until: u64,
}

impl LastEnd {
    /// Whether the name is free again, or was never taken.
    pub(in super::super) fn is_over(self) -> bool {
        self.until <= message::now()
    }
}

#[derive(Default)]
pub(super) struct State {
    /// Changes when all is forgotten.
    pub(super) generation: u64,
    /// Of each of these channels no end with a higher number lies before `sure`.
    pub(super) last: HashMap<ChannelName, LastEnd>,
    pub(super) sure: u64,
    /// The newest message of the stream that is known to be there.
    pub(super) stored: u64,
    /// Numbers have fallen: the stream is another one, which this link is about to be told.
    pub(super) is_over: bool,
    /// Those whose messages are stored after what is sure, or on their way. Who is told nothing looks for
    /// itself.
    pub(super) waiting: Vec<oneshot::Sender<()>>,
    pub(super) looks: usize,
}

impl State {
    pub(super) fn is_last(&self, channel: &ChannelName, end: u64) -> bool {
        !self.is_over && self.last.get(channel).is_some_and(|last| last.seq == end)
    }

    /// Knows nothing of what is there already.
    pub(super) fn begin_anew(&mut self) {
        self.generation += 1;
        self.last.clear();
        self.sure = self.stored;
    }

    pub(super) fn came(&mut self, subjects: &Subjects, end: &Stored) {
        let channel = end.subject().and_then(|it| subjects.ended(it));
        if let Some(channel) = channel {
            let (seq, until) = (end.seq, end.until().unwrap_or(u64::MAX));
            self.learn(&channel, LastEnd { seq, until }, 0);
        }
    }

    /// That this is the last end of a channel; and where that was looked for, up to which number it
    /// would have been found. One that was not found any more was dropped.
    pub(super) fn learn(&mut self, channel: &ChannelName, end: LastEnd, up_to: u64) {
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
