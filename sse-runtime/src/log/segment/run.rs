//! What a reader sees of a segment.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::super::Cursor;
use super::{Mark, Segment};

/// Consecutive records that lie side by side in memory which all readers share.
#[derive(Clone)]
pub struct Run {
    pub(super) segment: Arc<Segment>,
    from: usize,
    to: usize,
}

impl Run {
    /// What a reader sees of `segment` that begins at `from` and takes at most so many records and
    /// bytes; one record at least where `at_least_one` says so.
    pub(in super::super) fn of(
        segment: &Arc<Segment>,
        from: usize,
        (records, bytes): (usize, usize),
        at_least_one: bool,
    ) -> Option<Self> {
        let stop = segment.stop(from, records, bytes);
        let to = match at_least_one {
            true => stop.max(from + 1).min(segment.len()),
            false => stop,
        };
        (from < to).then(|| Self {
            segment: Arc::clone(segment),
            from,
            to,
        })
    }

    pub(in super::super) fn whole(segment: Segment) -> Self {
        Self {
            from: 0,
            to: segment.len(),
            segment: Arc::new(segment),
        }
    }

    /// How many records there are: one at least.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.to - self.from
    }

    /// All of them as they go over the wire to a subscriber of this channel alone: an id line, the
    /// lines of the record and a blank line each. Shared, not copied.
    #[must_use]
    pub fn wire(&self) -> Bytes {
        self.segment.bytes.slice(self.bytes_range())
    }

    /// Whether who holds on to these records keeps little else alive.
    #[cfg(any(
        feature = "hub",
        feature = "nats",
        feature = "postgres",
        feature = "redis"
    ))]
    pub(crate) fn is_most_of_its_memory(&self) -> bool {
        self.byte_len() >= self.segment.bytes.len() / 2
    }

    /// The records one by one, oldest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> + DoubleEndedIterator {
        (self.from..self.to).map(|index| Entry {
            segment: &self.segment,
            index,
        })
    }

    pub(super) fn entry(&self, index: usize) -> Option<Entry<'_>> {
        self.entries().nth(index)
    }

    /// The place behind the last of them.
    #[must_use]
    pub fn end(&self) -> Cursor {
        let last = self.marks().last().map_or(0, |mark| mark.seq);
        Cursor::new(self.segment.epoch, last)
    }

    pub(in super::super) fn byte_len(&self) -> usize {
        self.bytes_range().len()
    }

    pub(super) fn marks(&self) -> &[Mark] {
        self.segment
            .marks
            .get(self.from..self.to)
            .unwrap_or_default()
    }

    pub(super) fn bytes_range(&self) -> Range<usize> {
        let end = self.segment.end(self.to.saturating_sub(1));
        self.segment.start(self.from).min(end)..end
    }
}

/// For what a node keeps of a log on the network.
#[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
impl Run {
    /// Of these records, those after `after` up to `until`.
    pub(in super::super) fn within(&self, after: u64, until: u64) -> Option<Self> {
        let from = self.segment.after(after).max(self.from);
        let to = self.segment.after(until).min(self.to);
        (from < to).then(|| Self {
            segment: Arc::clone(&self.segment),
            from,
            to,
        })
    }

    /// Of these records, those after `after` that such a reader takes.
    pub(in super::super) fn take(
        &self,
        after: u64,
        (records, bytes): (usize, usize),
        at_least_one: bool,
    ) -> Option<Self> {
        let from = self.segment.after(after).max(self.from);
        let records = records.min(self.to.checked_sub(from).filter(|left| *left > 0)?);
        Self::of(&self.segment, from, (records, bytes), at_least_one)
    }

    /// The same records in memory that holds nothing else.
    pub(in super::super) fn apart(&self) -> Self {
        if self.is_most_of_its_memory() {
            return self.clone();
        }
        let mut copy = super::SegmentBuilder::new(self.segment.epoch, self.len(), self.byte_len());
        copy.extend(self);
        Self::whole(copy.finish())
    }

    /// What they take in memory, about.
    pub(in super::super) fn footprint(&self) -> usize {
        let records: usize = (self.from..self.to)
            .map(|index| self.segment.size_of(index))
            .sum();
        records + self.len() * size_of::<Mark>() + size_of::<Segment>() + size_of::<Self>()
    }

    /// The number of the first of them.
    pub(in super::super) fn first_seq(&self) -> u64 {
        self.marks().first().map_or(0, |mark| mark.seq)
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

/// One record that was read.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    segment: &'a Arc<Segment>,
    index: usize,
}

impl<'a> Entry<'a> {
    /// The place behind it, whose text is its id.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        let seq = self.segment.mark(self.index).map_or(0, |mark| mark.seq);
        Cursor::new(self.segment.epoch, seq)
    }

    /// What the event is about, where its publisher said so.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        let (start, end) = self.segment.mark(self.index)?.key?;
        self.segment.keys.get(start as usize..end as usize)
    }

    /// The lines that were appended, without id and blank line.
    #[must_use]
    pub fn lines(&self) -> &'a [u8] {
        let lines = self.bytes(self.lines_start(), 1);
        self.segment.bytes.get(lines).unwrap_or_default()
    }

    /// The lines and the blank line, for a subscriber who is sent another id line. Shared.
    #[must_use]
    pub fn tail(&self) -> Bytes {
        self.segment.bytes.slice(self.bytes(self.lines_start(), 0))
    }

    /// Id line, lines and blank line. Shared.
    #[must_use]
    pub fn wire(&self) -> Bytes {
        let start = self.segment.start(self.index);
        self.segment.bytes.slice(self.bytes(start, 0))
    }

    fn lines_start(&self) -> usize {
        let mark = self.segment.mark(self.index);
        mark.map_or(0, |mark| mark.lines as usize)
    }

    fn bytes(&self, start: usize, short_of_end: usize) -> Range<usize> {
        let end = self.segment.end(self.index).saturating_sub(short_of_end);
        start.min(end)..end
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("cursor", &self.cursor())
            .field("key", &self.key())
            .field("lines", &String::from_utf8_lossy(self.lines()))
            .finish()
    }
}
