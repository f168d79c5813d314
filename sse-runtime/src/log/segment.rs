//! Records as they lie in memory: whole frames, one behind the other, shared by all readers.

mod run;

use std::ops::Range;

use bytes::Bytes;

use super::{Cursor, Epoch, Record};
pub use run::{Entry, Run};

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
