//! Records of one channel that this node has read, as far as they are still in memory.
//!
//! They need not be all: what was not read, or was dropped again, is a gap between two blocks, and who
//! comes there has the engine asked. So a ring that is cleared costs reads and nothing else.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::super::segment::{Run, SEGMENT_BYTES, SegmentBuilder};
use super::super::{Cursor, Limit, Page, Standing};

/// What one channel may take in memory. At the bound what was read first is dropped.
pub(super) const CHANNEL_BYTES: usize = 1024 * 1024;

/// How long records lie here. What the engine has dropped because of its age is not given out much
/// later than that.
pub(super) const AGE: Duration = Duration::from_secs(60);

/// A read that would come in more pieces puts them together first, for itself and for all who follow.
const PIECES: usize = 16;

/// So many pieces are put together without being read.
const LOOSE: usize = 64;

/// Up to a place that was the end of the channel when it was last looked at.
pub(super) struct Ring {
    end: Cursor,
    /// The place of an older epoch that is the same as that number of this one: where a new life of the
    /// channel began.
    entrance: Option<(Cursor, u64)>,
    /// In their order.
    blocks: VecDeque<Block>,
    size: usize,
    /// How many were added since blocks were put together.
    loose: usize,
}

/// All records after one number up to another.
struct Block {
    after: u64,
    until: u64,
    run: Run,
    size: usize,
    at: Instant,
}

impl Block {
    fn new(after: u64, until: u64, run: Run, at: Instant) -> Self {
        let size = run.footprint() + size_of::<Self>();
        Self {
            after,
            until,
            run,
            size,
            at,
        }
    }
}

impl Ring {
    pub(super) fn new(end: Cursor) -> Self {
        Self {
            end,
            entrance: None,
            blocks: VecDeque::new(),
            size: 0,
            loose: 0,
        }
    }

    /// The place up to which this node has read.
    pub(super) fn end(&self) -> Cursor {
        self.end
    }

    /// About the memory that it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The number of that place, if it is one of this ring's epoch.
    pub(super) fn number(&self, cursor: Cursor) -> Option<u64> {
        if cursor.epoch() == self.end.epoch() {
            return Some(cursor.seq());
        }
        let (entrance, number) = self.entrance?;
        (cursor == entrance).then_some(number)
    }

    /// What lies here from `cursor` on, which has that number: nothing where the next record does not.
    pub(super) fn read(&mut self, cursor: Cursor, number: u64, limit: Limit) -> Option<Page> {
        let first = self.pieces_from(self.find(number)?);
        let (mut records, mut bytes) = (limit.records(), limit.bytes());
        let mut page = Page::empty(Standing::Contiguous, cursor);
        let mut at = number;
        for block in self.blocks.range(first..) {
            if block.after > at {
                break;
            }
            if let Some(run) = block.run.take(at, (records, bytes), page.is_empty()) {
                records = records.saturating_sub(run.len());
                bytes = bytes.saturating_sub(run.byte_len());
                page.push(run);
            }
            if page.next().seq().max(at) < block.run.end().seq() {
                break;
            }
            at = block.until;
        }
        (!page.is_empty()).then_some(page)
    }

    /// Puts in what was read: all records after `after` up to the last of these, of the ring's epoch.
    pub(super) fn insert(&mut self, after: u64, run: &Run, now: Instant) {
        let until = run.end().seq();
        let mut at = after;
        while at < until {
            let index = self.index_after(at);
            let next = self.blocks.get(index);
            if let Some(known) = next.filter(|block| block.after <= at) {
                at = known.until;
                continue;
            }
            let stop = next.map_or(until, |next| next.after.min(until));
            match run.within(at, stop) {
                Some(part) => self.add(index, Block::new(at, stop, part.apart(), now)),
                // Between two blocks there is nothing.
                None => {
                    if let Some(next) = self.blocks.get_mut(index) {
                        next.after = at;
                    }
                }
            }
            at = stop;
        }
        if until > self.end.seq() {
            self.end = run.end();
        }
        while self.size > CHANNEL_BYTES {
            self.drop_first_read();
        }
    }

    /// Goes on in another epoch, in which `number` is the place that was the end.
    pub(super) fn enter(&mut self, end: Cursor) {
        let entrance = self.end;
        *self = Self::new(end);
        self.entrance = Some((entrance, end.seq()));
    }

    /// Drops all records.
    pub(super) fn clear(&mut self) {
        *self = Self {
            entrance: self.entrance,
            ..Self::new(self.end)
        };
    }

    /// Drops what has lain here for too long.
    pub(super) fn expire(&mut self, now: Instant) {
        let is_old = |block: &Block| now.saturating_duration_since(block.at) >= AGE;
        if self.blocks.iter().any(is_old) {
            self.blocks.retain(|block| !is_old(block));
            self.size = self.blocks.iter().map(|block| block.size).sum();
        }
    }

    fn add(&mut self, index: usize, block: Block) {
        self.size += block.size;
        self.blocks.insert(index, block);
        self.loose += 1;
        if self.loose >= LOOSE {
            self.join_from(0);
        }
    }

    fn drop_first_read(&mut self) {
        let blocks = self.blocks.iter().enumerate();
        let Some((index, _)) = blocks.min_by_key(|(_, block)| block.at) else {
            return;
        };
        if let Some(block) = self.blocks.remove(index) {
            self.size = self.size.saturating_sub(block.size);
        }
    }

    /// The index of the first block that goes beyond `number`.
    fn index_after(&self, number: u64) -> usize {
        // Most readers have read all but the newest.
        match self.blocks.back() {
            Some(newest) if newest.after <= number && number < newest.until => {
                self.blocks.len() - 1
            }
            _ => self.blocks.partition_point(|block| block.until <= number),
        }
    }

    /// The index of the block that goes on from `number`.
    fn find(&self, number: u64) -> Option<usize> {
        let index = self.index_after(number);
        let block = self.blocks.get(index)?;
        (block.after <= number).then_some(index)
    }

    /// The same index, with not many pieces behind it.
    fn pieces_from(&mut self, index: usize) -> usize {
        if self.blocks.len() - index > PIECES {
            self.join_from(index);
        }
        index
    }

    /// Puts together what follows on one another, up to the size of a segment each.
    fn join_from(&mut self, mut index: usize) {
        while index < self.blocks.len() {
            self.join(index);
            index += 1;
        }
        self.loose = 0;
    }

    fn join(&mut self, index: usize) {
        let mut until = None;
        let (mut records, mut bytes) = (0, 0);
        let follows = self.blocks.range(index..).take_while(|block| {
            let follows = until.is_none_or(|until| block.after == until) && bytes < SEGMENT_BYTES;
            until = Some(block.until);
            records += block.run.len();
            bytes += block.run.byte_len();
            follows
        });
        let stop = index + follows.count();
        let (Some(first), Some(last)) = (self.blocks.get(index), self.blocks.get(stop - 1)) else {
            return;
        };
        if stop == index + 1 {
            return;
        }
        let (after, until, at) = (first.after, last.until, first.at);
        let mut joined = SegmentBuilder::new(self.end.epoch(), records, bytes);
        for block in self.blocks.drain(index..stop) {
            self.size = self.size.saturating_sub(block.size);
            joined.extend(&block.run);
        }
        let block = Block::new(after, until, Run::whole(joined.finish()), at);
        self.size += block.size;
        self.blocks.insert(index, block);
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::super::super::{Epoch, Record};
    use super::*;

    fn place(seq: u64) -> Cursor {
        Cursor::new(Epoch::new(0xa), seq)
    }

    fn run(numbers: RangeInclusive<u64>) -> Run {
        let mut segment = SegmentBuilder::new(place(0).epoch(), 0, 0);
        for number in numbers {
            segment.push(number, &Record::new(b"data: x\n").unwrap());
        }
        Run::whole(segment.finish())
    }

    /// Where a read from that place ends.
    fn read(ring: &mut Ring, from: u64) -> Option<u64> {
        let page = ring.read(place(from), from, Limit::default())?;
        Some(page.next().seq())
    }

    #[test]
    fn no_read_goes_over_what_is_not_there() {
        let mut ring = Ring::new(place(45));
        ring.insert(39, &run(40..=45), Instant::now());
        ring.insert(10, &run(11..=18), Instant::now());
        assert_eq!(read(&mut ring, 5), None);
        assert_eq!(read(&mut ring, 10), Some(18));
        assert_eq!(read(&mut ring, 18), None);
        assert_eq!(read(&mut ring, 39), Some(45));

        ring.insert(18, &run(19..=39), Instant::now());
        assert_eq!(read(&mut ring, 10), Some(45));
    }
}
