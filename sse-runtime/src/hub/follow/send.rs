//! What becomes of the records that were read: sent, left out, or told to be missing.

use super::Follow;
use crate::hub::Gap;
use crate::hub::batch::Batch;
use crate::hub::conflate::{self, Order, Room};
use crate::hub::select::{Published, Select};
use crate::hub::subscribe::Asked;
use crate::log::{Cursor, Entry, IdTooLong, Page, Signal};
use crate::wire::Frame;

/// So many events are left out in a row before the client is told where it is. Fewer wait for
/// something else to be written.
const MAX_UNTOLD: usize = 256;

impl Follow {
    /// Tells of a gap, with the id of where the stream goes on.
    pub(in crate::hub) fn tell_gap(
        &mut self,
        gap: Gap,
        batch: &mut Batch,
    ) -> Result<(), IdTooLong> {
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
    pub(in crate::hub) fn send(
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
    pub(in crate::hub) fn send_newest(
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
    pub(in crate::hub) fn begin_signals(&mut self) -> bool {
        std::mem::take(&mut self.has_signals)
    }

    pub(in crate::hub) fn send_signal(&self, select: &Select, signal: &Signal, batch: &mut Batch) {
        let event = Published::signalled(self.name(signal.channel()), signal);
        if select.wants(&event) {
            batch.wire.own.extend_from_slice(signal.wire());
            batch.events += 1;
        }
    }

    /// Tells the client where it is, where events were left out since it was last told: now where
    /// they are many, else with whatever is written next.
    pub(in crate::hub) fn tell_place(&mut self, batch: &mut Batch) -> Result<(), IdTooLong> {
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
}
