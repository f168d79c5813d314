//! The records of one channel, as they lie in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::page::{Limit, Page};
use super::super::segment::{Run, Segment, SegmentBuilder, largest_size};
use super::super::{Epoch, Record};

/// A read that would come in more pieces puts the newest together first, for itself and for all
/// who follow.
const PIECES: usize = 16;

/// Those whose numbers are after `dropped`, up to `last`.
pub(super) struct Records {
    epoch: Epoch,
    /// Oldest first; the oldest may begin with records that are dropped already.
    segments: VecDeque<Arc<Segment>>,
    /// How many of the newest segments were not put together yet, and their bytes. An event that is
    /// delivered live lies in memory of its own, so that who is slow to write it holds no more.
    loose: usize,
    loose_bytes: usize,
    dropped: u64,
    last: u64,
    /// Of the records that are kept.
    bytes: usize,
}

impl Records {
    /// None, of a channel in which that is the highest number that may have been given before.
    pub(super) fn new(epoch: Epoch, last: u64) -> Self {
        Self {
            epoch,
            segments: VecDeque::new(),
            loose: 0,
            loose_bytes: 0,
            dropped: last,
            last,
            bytes: 0,
        }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The number before the oldest that is kept.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The number of the newest there ever was.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn len(&self) -> u64 {
        self.last - self.dropped
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dropped == self.last
    }

    /// What they count against a bound in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the newest, in segments of about that size. Returns what they count in bytes.
    pub(super) fn append(&mut self, records: &[Record<'_>], segment: usize) -> usize {
        if let [record] = records {
            self.last += 1;
            return self.add(Segment::of(self.epoch, self.last, record), segment);
        }
        let (mut rest, mut added) = (records, 0);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(fill(self.epoch, rest, segment));
            let bytes = now.iter().map(|it| largest_size(self.epoch, it)).sum();
            let mut builder = SegmentBuilder::new(self.epoch, now.len(), bytes);
            for record in now {
                self.last += 1;
                builder.push(self.last, record);
            }
            added += self.add(builder.finish(), segment);
            rest = later;
        }
        added
    }

    fn add(&mut self, segment: Segment, full: usize) -> usize {
        let size = segment.size();
        self.bytes += size;
        let is_full = size >= full;
        if is_full {
            self.join_loose();
        }
        self.segments.push_back(Arc::new(segment));
        self.loose += 1;
        self.loose_bytes += size;
        if !is_full && self.loose_bytes >= full {
            self.join_loose();
        }
        if self.loose_bytes >= full {
            (self.loose, self.loose_bytes) = (0, 0);
        }
        size
    }

    /// Puts the loose segments together into one, which is still loose.
    fn join_loose(&mut self) {
        if self.loose < 2 {
            return;
        }
        let from = self.segments.len().saturating_sub(self.loose);
        let loose: Vec<_> = self.segments.drain(from..).collect();
        let records = loose.iter().map(|segment| segment.len()).sum();
        let mut joined = SegmentBuilder::new(self.epoch, records, self.loose_bytes);
        for run in loose.iter().filter_map(|segment| self.kept_of(segment)) {
            joined.extend(&run);
        }
        if joined.is_empty() {
            (self.loose, self.loose_bytes) = (0, 0);
            return;
        }
        let joined = joined.finish();
        (self.loose, self.loose_bytes) = (1, joined.size());
        self.segments.push_back(Arc::new(joined));
    }

    fn kept_of(&self, segment: &Arc<Segment>) -> Option<Run> {
        let from = segment.after(self.dropped);
        Run::of(segment, from, (usize::MAX, usize::MAX), false)
    }

    /// Drops one.
    pub(super) fn drop_oldest(&mut self) {
        self.dropped += 1;
        let Some(oldest) = self.segments.front() else {
            return;
        };
        let index = oldest.after(self.dropped - 1);
        self.bytes = self.bytes.saturating_sub(oldest.size_of(index));
        if oldest.last_seq() <= self.dropped {
            if self.segments.len() == self.loose {
                self.loose -= 1;
                self.loose_bytes = self.loose_bytes.saturating_sub(oldest.size());
            }
            self.segments.pop_front();
        }
    }

    /// Adds to a page what comes after it, as far as the limit goes.
    pub(super) fn read(&mut self, page: &mut Page, limit: Limit) {
        let (mut records, mut bytes) = (limit.records(), limit.bytes());
        let first = self.segments_after(page.next().seq());
        for segment in self.segments.range(first..) {
            let from = segment.after(page.next().seq());
            let Some(run) = Run::of(segment, from, (records, bytes), page.is_empty()) else {
                break;
            };
            records = records.saturating_sub(run.len());
            bytes = bytes.saturating_sub(run.byte_len());
            page.push(run);
            if page.next().seq() < segment.last_seq() {
                break;
            }
        }
    }

    /// The index of the first segment that holds a record after `seq`, with not many behind it.
    fn segments_after(&mut self, seq: u64) -> usize {
        let index = self.find_after(seq);
        if self.loose <= PIECES || self.segments.len() - index <= PIECES {
            return index;
        }
        self.join_loose();
        self.find_after(seq)
    }

    fn find_after(&self, seq: u64) -> usize {
        let is_read = |segment: &Arc<Segment>| segment.last_seq() <= seq;
        // Most readers have read all but the newest.
        let newest = self.segments.len().saturating_sub(1);
        match self.segments.get(newest.saturating_sub(1)) {
            Some(segment) if is_read(segment) && !self.segments.back().is_some_and(is_read) => {
                newest
            }
            _ => self.segments.partition_point(is_read),
        }
    }
}

/// How many of `records`, of which there are some, fill a segment of that size: one at least.
fn fill(epoch: Epoch, records: &[Record<'_>], size: usize) -> usize {
    let mut filled = 0;
    let fits = records.iter().take_while(|record| {
        let fits = filled < size;
        filled += largest_size(epoch, record);
        fits
    });
    fits.count().max(1).min(records.len())
}
