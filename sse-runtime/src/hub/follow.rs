//! Where a subscriber is in each of its channels, what it reads next, and what becomes of that.
//! Without the log: that is read by [`Subscription`](super::Subscription).

mod send;

use super::Gap;
use super::conflate::Ahead;
use super::scope::Scope;
use super::set::Set;
use super::subscribe::Asked;
use crate::log::{Changed, ChannelName, Channels, Cursor, IdTooLong, Limit};
use crate::wire::EventId;

/// How many bytes are read in one turn, of all channels together, unless a stream has less room.
const TURN: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Follow {
    scope: Scope,
    channels: Channels,
    /// The place in each channel behind which all is still to be sent.
    cursors: Vec<Cursor>,
    /// Those from which it began, until that is asked for.
    beginning: Vec<Cursor>,
    /// How many bytes are read in one turn, of all channels together.
    pub(super) turn: usize,
    /// Of each channel.
    conflated: Vec<Conflated>,
    unclaimed: Vec<Option<Cursor>>,
    /// Where there may be records after the cursor.
    dirty: Set,
    ended: Set,
    /// Those that could not be read, and are left alone for a while, and how often in a row that was.
    resting: Set,
    retries: u32,
    /// The channel that was read last.
    last_read: usize,
    /// What is missing and was not told yet.
    gap: Option<Gap>,
    has_signals: bool,
    /// Events left out since the client was last told where it is.
    untold: usize,
}

/// How far only the newest event of each key is sent.
#[derive(Debug)]
struct Conflated {
    /// Where that is not so all the time.
    until: Option<Cursor>,
    ahead: Ahead,
}

impl Conflated {
    fn from(start: &Start) -> Self {
        Self {
            until: start.conflated_until,
            ahead: Ahead::default(),
        }
    }
}

/// Where a subscriber begins in one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) cursor: Cursor,
    pub(super) conflated_until: Option<Cursor>,
    /// Where the channel ended when a subscriber came for no certain event: until it has got the
    /// first, it has not missed what is gone of what was there before.
    pub(super) unclaimed: Option<Cursor>,
}

impl Follow {
    pub(super) fn new(
        scope: Scope,
        channels: Channels,
        starts: &[Start],
        gap: Option<Gap>,
    ) -> Self {
        let cursors: Vec<_> = starts.iter().map(|start| start.cursor).collect();
        Self {
            scope,
            channels,
            beginning: cursors.clone(),
            cursors,
            turn: TURN,
            conflated: starts.iter().map(Conflated::from).collect(),
            unclaimed: starts.iter().map(|start| start.unclaimed).collect(),
            dirty: Set::of(starts.len()),
            ended: Set::default(),
            resting: Set::default(),
            retries: 0,
            last_read: starts.len().saturating_sub(1),
            gap,
            has_signals: false,
            untold: 0,
        }
    }

    /// The id of the places in all channels.
    pub(super) fn id(&self) -> Result<EventId, IdTooLong> {
        self.channels.id(&self.cursors)
    }

    /// The id of the place from which it began, once.
    #[cfg(feature = "server")]
    pub(super) fn take_beginning(&mut self) -> Option<EventId> {
        let cursors = std::mem::take(&mut self.beginning);
        (!cursors.is_empty()).then(|| self.channels.id(&cursors).ok())?
    }

    pub(super) fn mark(&mut self, changed: Changed) {
        self.dirty.add(
            changed
                .channels()
                .take_while(|index| *index < self.cursors.len()),
        );
        self.has_signals |= changed.has_signals();
    }

    /// There may be more in each channel.
    pub(super) fn mark_all(&mut self) {
        self.dirty = Set::of(self.cursors.len());
        self.resting = Set::default();
    }

    /// A channel could not be read.
    pub(super) fn rest(&mut self, index: usize) {
        if self.resting.is_empty() {
            self.retries = self.retries.saturating_add(1);
        }
        self.resting.set(index, true);
    }

    /// How often in a row a channel could not be read, where one rests.
    pub(super) fn retries(&self) -> Option<u32> {
        (!self.resting.is_empty()).then_some(self.retries)
    }

    fn to_read(&self) -> Set {
        self.dirty.without(self.resting)
    }

    /// Whether there is something to be read or told.
    pub(super) fn has_work(&self) -> bool {
        self.has_signals || self.gap.is_some() || !self.to_read().is_empty()
    }

    /// Whether there may be more to be read.
    pub(super) fn is_behind(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Whether all channels have ended and all of them was sent.
    pub(super) fn is_over(&self) -> bool {
        !self.has_work() && !self.is_behind() && self.ended == Set::of(self.cursors.len())
    }

    /// How many channels there are.
    pub(super) fn len(&self) -> usize {
        self.cursors.len()
    }

    /// The next channel to be read. They take turns.
    pub(super) fn next_to_read(&mut self) -> Option<usize> {
        let next = self.to_read().next_after(self.last_read)?;
        self.last_read = next;
        Some(next)
    }

    /// A channel, and the place to read it from.
    pub(super) fn place(&self, index: usize) -> Option<(&ChannelName, Cursor)> {
        self.channels
            .iter()
            .nth(index)
            .zip(self.cursors.get(index).copied())
    }

    /// Whether that channel is read up to its end before anything of it is sent.
    pub(super) fn is_conflated(&self, index: usize, asked: &Asked) -> bool {
        let conflated = self.conflated.get(index);
        asked.conflates || conflated.is_some_and(|it| it.until.is_some())
    }

    pub(super) fn limit(&self, index: usize, asked: &Asked) -> Limit {
        match self.is_conflated(index, asked) {
            true => Limit::default(),
            false => Limit::new(usize::MAX, self.turn / self.cursors.len().max(1)),
        }
    }

    /// Records were missed: the channel goes on from `start`.
    pub(super) fn jump(&mut self, index: usize, start: Start, gap: Gap) {
        self.gap = Some(self.gap.map_or(gap, |other| other.and(gap)));
        self.begin(index, start);
    }

    /// The channel goes on from `start`.
    pub(super) fn begin(&mut self, index: usize, start: Start) {
        if let (Some(cursor), Some(conflated)) =
            (self.cursors.get_mut(index), self.conflated.get_mut(index))
        {
            *cursor = start.cursor;
            if let Some(beginning) = self.beginning.get_mut(index) {
                *beginning = start.cursor;
            }
            self.dirty.set(index, true);
            *conflated = Conflated::from(&start);
        }
    }

    pub(super) fn unclaimed(&self, index: usize) -> Option<Cursor> {
        self.unclaimed.get(index).copied().flatten()
    }

    /// Whether something is missing that was not told yet.
    pub(super) fn has_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// What is missing, and was not told yet.
    pub(super) fn gap(&self) -> Option<Gap> {
        self.gap
    }

    fn name(&self, index: usize) -> &str {
        let channel = self.channels.iter().nth(index);
        channel.map_or("", |channel| self.scope.name(channel))
    }
}

impl Start {
    pub(super) fn at(cursor: Cursor) -> Self {
        Self {
            cursor,
            conflated_until: None,
            unclaimed: None,
        }
    }
}
