//! Records as they lie in memory: whole frames, one behind the other, shared by all readers.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::{Cursor, Epoch, Record};

/// Up to this size records are put together. Large enough that a replay is few writes, small enough
/// that a reader who holds on to one record holds little else.
pub(super) const SEGMENT_BYTES: usize = 64 * 1024;

/// Consecutive records of one channel. It never changes.
pub(super) struct Segment {
    epoch: Epoch,
    /// The frames, with their ids and blank lines.
    bytes: Bytes,
    /// Never empty.
    marks: Box<[Mark]>,
    /// The keys, one behind the other.
    keys: Box<str>,
}

/// Where the parts of one record lie. A segment is one record of at most [`Record::MAX_BYTES`]
/// beside [`SEGMENT_BYTES`] of others, so 32 bits are enough.
#[derive(Clone, Copy, Debug)]
struct Mark {
    seq: u64,
    lines: u32,
    end: u32,
    key: Option<(u32, u32)>,
}

impl Segment {
    pub(super) fn of(epoch: Epoch, seq: u64, record: &Record<'_>) -> Self {
        let mut builder = SegmentBuilder::new(epoch, 1, frame_size(epoch, seq, record));
        builder.push(seq, record);
        builder.finish()
    }

    pub(super) fn len(&self) -> usize {
        self.marks.len()
    }

    pub(super) fn first_seq(&self) -> u64 {
        self.marks.first().map_or(0, |mark| mark.seq)
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.marks.last().map_or(0, |mark| mark.seq)
    }

    /// What all its records count against a bound in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.keys.len()
    }

    /// What one record counts against a bound in bytes.
    pub(super) fn size_of(&self, index: usize) -> usize {
        let key = self.mark(index).and_then(|mark| mark.key);
        let key = key.map_or(0, |(start, end)| end - start);
        self.end(index) - self.start(index) + key as usize
    }

    /// The index of the first record after `seq`.
    pub(super) fn after(&self, seq: u64) -> usize {
        let Some(distance) = seq.checked_sub(self.first_seq()) else {
            return 0;
        };
        // Where numbers have no holes, the distance is the index.
        let guess = usize::try_from(distance).unwrap_or(usize::MAX);
        match self.marks.get(guess) {
            Some(mark) if mark.seq == seq => guess + 1,
            _ => self.marks.partition_point(|mark| mark.seq <= seq),
        }
    }

    /// Where a reader stops that begins at `from` and takes at most so many records and bytes.
    fn stop(&self, from: usize, records: usize, bytes: usize) -> usize {
        let stop = from.saturating_add(records).min(self.len());
        let limit = self.start(from).saturating_add(bytes);
        if self.end(stop.saturating_sub(1)) <= limit {
            return stop;
        }
        let ends = self.marks.get(from..stop).unwrap_or_default();
        from + ends.partition_point(|mark| mark.end as usize <= limit)
    }

    fn mark(&self, index: usize) -> Option<&Mark> {
        self.marks.get(index)
    }

    fn start(&self, index: usize) -> usize {
        let before = index.checked_sub(1).and_then(|before| self.mark(before));
        before.map_or(0, |mark| mark.end as usize)
    }

    fn end(&self, index: usize) -> usize {
        self.mark(index).map_or(0, |mark| mark.end as usize)
    }
}

/// The length of the frame of that record.
pub(super) fn frame_size(epoch: Epoch, seq: u64, record: &Record<'_>) -> usize {
    let digits = seq.checked_ilog10().unwrap_or(0) as usize + 1;
    "id: -\n\n".len() + epoch.digits() + digits + record.lines().len()
}

/// What a record counts against a bound in bytes before its number is known: its most.
pub(super) fn largest_size(epoch: Epoch, record: &Record<'_>) -> usize {
    frame_size(epoch, u64::MAX, record) + record.key().map_or(0, str::len)
}

/// Puts frames together.
#[derive(Debug)]
pub(super) struct SegmentBuilder {
    epoch: Epoch,
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    keys: String,
}

impl SegmentBuilder {
    pub(super) fn new(epoch: Epoch, records: usize, bytes: usize) -> Self {
        Self {
            epoch,
            bytes: Vec::with_capacity(bytes),
            marks: Vec::with_capacity(records),
            keys: String::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.keys.len()
    }

    pub(super) fn push(&mut self, seq: u64, record: &Record<'_>) {
        self.bytes.extend_from_slice(b"id: ");
        Cursor::new(self.epoch, seq).write(&mut self.bytes);
        self.bytes.push(b'\n');
        let lines = self.bytes.len() as u32;
        self.bytes.extend_from_slice(record.lines());
        self.bytes.push(b'\n');
        let key = record.key().map(|key| {
            let start = self.keys.len() as u32;
            self.keys.push_str(key);
            (start, self.keys.len() as u32)
        });
        self.marks.push(Mark {
            seq,
            lines,
            end: self.bytes.len() as u32,
            key,
        });
    }

    /// Copies what `run` shows.
    pub(super) fn extend(&mut self, run: &Run) {
        let Range { start, end } = run.bytes_range();
        let base = self.bytes.len() as u32;
        let moved = |at: u32| at - start as u32 + base;
        let segment = &*run.segment;
        self.bytes
            .extend_from_slice(segment.bytes.get(start..end).unwrap_or_default());
        for (index, mark) in run.marks().iter().enumerate() {
            let key = run.entry(index).and_then(|entry| entry.key()).map(|key| {
                let start = self.keys.len() as u32;
                self.keys.push_str(key);
                (start, self.keys.len() as u32)
            });
            self.marks.push(Mark {
                seq: mark.seq,
                lines: moved(mark.lines),
                end: moved(mark.end),
                key,
            });
        }
    }

    pub(super) fn finish(self) -> Segment {
        Segment {
            epoch: self.epoch,
            // Into the exact size: what is kept for an hour has no room to grow.
            bytes: self.bytes.into_boxed_slice().into(),
            marks: self.marks.into(),
            keys: self.keys.into(),
        }
    }
}

/// Consecutive records that lie side by side in memory which all readers share.
#[derive(Clone)]
pub struct Run {
    segment: Arc<Segment>,
    from: usize,
    to: usize,
}

impl Run {
    /// What a reader sees of `segment` that begins at `from` and takes at most so many records and
    /// bytes; one record at least where `at_least_one` says so.
    pub(super) fn of(
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

    /// Of these records, those after `after` up to `until`.
    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn within(&self, after: u64, until: u64) -> Option<Self> {
        let from = self.segment.after(after).max(self.from);
        let to = self.segment.after(until).min(self.to);
        (from < to).then(|| Self {
            segment: Arc::clone(&self.segment),
            from,
            to,
        })
    }

    /// Of these records, those after `after` that such a reader takes.
    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn take(
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
    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn apart(&self) -> Self {
        if self.byte_len() >= self.segment.bytes.len() / 2 {
            return self.clone();
        }
        let mut copy = SegmentBuilder::new(self.segment.epoch, self.len(), self.byte_len());
        copy.extend(self);
        Self::whole(copy.finish())
    }

    /// What they take in memory, about.
    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn footprint(&self) -> usize {
        let records: usize = (self.from..self.to)
            .map(|index| self.segment.size_of(index))
            .sum();
        records + self.len() * size_of::<Mark>() + size_of::<Segment>() + size_of::<Self>()
    }

    /// The number of the first of them.
    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn first_seq(&self) -> u64 {
        self.marks().first().map_or(0, |mark| mark.seq)
    }

    pub(super) fn whole(segment: Segment) -> Self {
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
    #[cfg(feature = "hub")]
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

    fn entry(&self, index: usize) -> Option<Entry<'_>> {
        self.entries().nth(index)
    }

    /// The place behind the last of them.
    #[must_use]
    pub fn end(&self) -> Cursor {
        let last = self.marks().last().map_or(0, |mark| mark.seq);
        Cursor::new(self.segment.epoch, last)
    }

    pub(super) fn byte_len(&self) -> usize {
        self.bytes_range().len()
    }

    fn marks(&self) -> &[Mark] {
        self.segment
            .marks
            .get(self.from..self.to)
            .unwrap_or_default()
    }

    fn bytes_range(&self) -> Range<usize> {
        let end = self.segment.end(self.to.saturating_sub(1));
        self.segment.start(self.from).min(end)..end
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
