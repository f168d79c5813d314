//! Where a subscriber is in each of its channels, and what becomes of the records that it reads
//! there. Without the log: that is read by [`Subscription`](super::Subscription).

use super::Gap;
use super::batch::Batch;
use super::conflate::{self, Ahead, Order, Room};
use super::scope::Scope;
use super::select::{Published, Select};
use super::set::Set;
use super::subscribe::Asked;
use crate::log::{Changed, ChannelName, Channels, Cursor, Entry, IdTooLong, Limit, Page, Signal};
use crate::wire::{EventId, Frame};

/// How many bytes are read in one turn, of all channels together, unless a stream has less room.
const TURN: usize = 16 * 1024;

/// So many events are left out in a row before the client is told where it is. Fewer wait for
/// something else to be written.
const MAX_UNTOLD: usize = 256;

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

    /// Tells of a gap, with the id of where the stream goes on.
    pub(super) fn tell_gap(&mut self, gap: Gap, batch: &mut Batch) -> Result<(), IdTooLong> {
        let out = &mut batch.wire.own;
        self.channels.write_id_line(&self.cursors, out)?;
        let mut frame = Frame::new(out);
        gap.write(&mut frame);
        frame.finish();
        self.gap = None;
        batch.has_id = true;
        self.untold = 0;
        Ok(())
    }

    /// Sends the records of one page.
    pub(super) fn send(
        &mut self,
        index: usize,
        select: &Select,
        page: &Page,
        batch: &mut Batch,
    ) -> Result<(), IdTooLong> {
        if select.is_everything() && self.cursors.len() == 1 {
            for run in page.runs() {
                batch.wire.push_run(run);
                batch.events += run.len() as u64;
                batch.has_id = true;
                self.untold = 0;
            }
        } else {
            for entry in page.runs().flat_map(|run| run.entries()) {
                self.send_entry(index, select, entry, batch)?;
            }
        }
        self.arrive(index, page.next(), page.has_more(), page.is_end());
        Ok(())
    }

    /// Sends the newest event of each key of pages that reach up to the end of a channel, as far as
    /// there is room.
    pub(super) fn send_newest(
        &mut self,
        index: usize,
        asked: &Asked,
        pages: &[Page],
        batch: &mut Batch,
    ) -> Result<(), IdTooLong> {
        let id = "id: \n\n".len() + self.id()?.as_str().len();
        let runs = pages.iter().flat_map(Page::runs);
        let entries: Vec<_> = runs.flat_map(|run| run.entries()).collect();
        let name = self
            .channels
            .iter()
            .nth(index)
            .map_or("", |it| self.scope.name(it));
        let Some(conflated) = self.conflated.get_mut(index) else {
            return Ok(());
        };
        let wants = |entry: &Entry<'_>| asked.select.wants(&Published::logged(name, *entry));
        let bytes = self.turn.saturating_sub(batch.wire.len());
        let room = Room { bytes, id };
        let order = match asked.conflates {
            true => Order::OfKeys,
            false => Order::OfLog,
        };
        let turn = conflate::plan(&entries, wants, order, &mut conflated.ahead, room);
        for (at, event) in &turn.sends {
            if let (Some(at), Some(event)) = (entries.get(*at), entries.get(*event)) {
                self.write_entry(index, at.cursor(), *event, batch)?;
            }
        }
        batch.left_out.unwanted(turn.unwanted);
        batch
            .left_out
            .replaced(turn.walked - turn.sends.len() - turn.unwanted);
        let told = turn.sends.last().map_or(0, |(at, _)| at + 1);
        if let Some(last) = entries.get(..turn.walked).and_then(<[_]>::last) {
            self.pass(index, last.cursor(), turn.walked - told);
        }
        if let Some(last) = pages.last().filter(|_| turn.walked == entries.len()) {
            self.arrive(index, last.next(), last.has_more(), last.is_end());
        }
        Ok(())
    }

    fn send_entry(
        &mut self,
        index: usize,
        select: &Select,
        entry: Entry<'_>,
        batch: &mut Batch,
    ) -> Result<(), IdTooLong> {
        match select.wants(&Published::logged(self.name(index), entry)) {
            true => self.write_entry(index, entry.cursor(), entry, batch),
            false => {
                batch.left_out.unwanted(1);
                self.pass(index, entry.cursor(), 1);
                Ok(())
            }
        }
    }

    fn write_entry(
        &mut self,
        index: usize,
        at: Cursor,
        entry: Entry<'_>,
        batch: &mut Batch,
    ) -> Result<(), IdTooLong> {
        if let Some(cursor) = self.cursors.get_mut(index) {
            *cursor = at;
        }
        let out = &mut batch.wire.own;
        self.channels.write_id_line(&self.cursors, out)?;
        out.extend_from_slice(entry.lines());
        out.push(b'\n');
        batch.events += 1;
        batch.has_id = true;
        self.untold = 0;
        Ok(())
    }

    /// Leaves events out.
    fn pass(&mut self, index: usize, to: Cursor, events: usize) {
        if let Some(cursor) = self.cursors.get_mut(index) {
            *cursor = to;
        }
        self.untold += events;
    }

    /// A channel was read up to here.
    fn arrive(&mut self, index: usize, at: Cursor, has_more: bool, is_end: bool) {
        if let (Some(cursor), Some(conflated)) =
            (self.cursors.get_mut(index), self.conflated.get_mut(index))
        {
            *cursor = at;
            self.dirty.set(index, has_more);
            if self.resting.is_empty() {
                self.retries = 0;
            }
            self.ended.set(index, is_end);
            let is_before = |until: &Cursor| until.epoch() == at.epoch() && until.seq() > at.seq();
            conflated.until = conflated.until.filter(is_before);
        }
    }

    /// Signals are about to be taken.
    pub(super) fn begin_signals(&mut self) -> bool {
        std::mem::take(&mut self.has_signals)
    }

    pub(super) fn send_signal(&self, select: &Select, signal: &Signal, batch: &mut Batch) {
        let event = Published::signalled(self.name(signal.channel()), signal);
        if select.wants(&event) {
            batch.wire.own.extend_from_slice(signal.wire());
            batch.events += 1;
        }
    }

    /// Tells the client where it is, where events were left out since it was last told: now where
    /// they are many, else with whatever is written next.
    pub(super) fn tell_place(&mut self, batch: &mut Batch) -> Result<(), IdTooLong> {
        if self.untold >= MAX_UNTOLD {
            let out = &mut batch.wire.own;
            self.channels.write_id_line(&self.cursors, out)?;
            out.push(b'\n');
            batch.has_id = true;
            self.untold = 0;
        } else if self.untold > 0 {
            batch.checkpoint = Some(self.id()?);
        }
        Ok(())
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
