//! One channel in memory: its records, and what is left of them at the bounds.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::page::{Limit, Page, Standing};
use super::super::segment::{Run, Segment, SegmentBuilder, largest_size};
use super::super::watch::Shout;
use super::super::watchers::Watchers;
use super::super::{Cursor, Epoch, Extent, IdempotencyKey, Keys, Record};
use super::bounds::Bounds;
use super::once::Once;
use super::store::{Moment, Written};

/// A read that would come in more pieces puts the newest together first, for itself and for all
/// who follow.
const PIECES: usize = 16;

pub(super) struct Channel {
    epoch: Epoch,
    /// Oldest first; the oldest may begin with records that are dropped already.
    segments: VecDeque<Arc<Segment>>,
    /// How many of the newest segments were not put together yet, and their bytes. An event that is
    /// delivered live lies in memory of its own, so that who is slow to write it holds no more.
    loose: usize,
    loose_bytes: usize,
    /// The number before the first record of all. Whatever had it or a lower one is forgotten.
    base: u64,
    /// The numbers of the records that are kept are those after `dropped` up to `last`.
    dropped: u64,
    last: u64,
    /// Of the records that are kept.
    bytes: usize,
    ages: VecDeque<Age>,
    ended: Option<Moment>,
    /// Never empty.
    once: Option<Box<Once>>,
    /// Whether it is in the queue of those that hold something.
    pub(super) queued: bool,
    watchers: Option<Arc<Watchers<Shout>>>,
    /// All bytes that were ever appended.
    appended: u64,
    told: Told,
}

/// Who is hinted of some keys reads on this often all the same. What grows too old before that is
/// hinted to everyone.
const READ_ON: Moment = Moment::from_secs(15);

/// When all watches of a channel were told the last time.
#[derive(Clone, Copy, Default)]
struct Told {
    last: u64,
    appended: u64,
    at: Moment,
}

/// When records were appended: those after the ones of the age before, up to `last`.
struct Age {
    first_at: Moment,
    last_at: Moment,
    last: u64,
}

impl Channel {
    /// A channel in which `base` is the highest number that may have been given before.
    pub(super) fn new(epoch: Epoch, base: u64) -> Self {
        Self {
            epoch,
            segments: VecDeque::new(),
            loose: 0,
            loose_bytes: 0,
            base,
            dropped: base,
            last: base,
            bytes: 0,
            ages: VecDeque::new(),
            ended: None,
            once: None,
            queued: false,
            watchers: None,
            appended: 0,
            told: Told {
                last: base,
                ..Told::default()
            },
        }
    }

    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether it holds anything that somebody could ask for.
    pub(super) fn is_empty(&self) -> bool {
        self.dropped == self.last && self.ended.is_none() && self.once.is_none()
    }

    /// Whether nothing is lost when it goes.
    pub(super) fn is_idle(&self) -> bool {
        self.is_empty() && self.watchers.is_none()
    }

    pub(super) fn append(&mut self, records: &[Record<'_>], now: Moment, bounds: &Bounds) {
        match records {
            [] => return,
            [record] => {
                self.last += 1;
                self.add(Segment::of(self.epoch, self.last, record), bounds);
            }
            _ => self.append_many(records, bounds),
        }
        self.note_age(now, bounds);
        while self.last - self.dropped > bounds.events as u64 || self.bytes > bounds.bytes {
            self.drop_oldest();
        }
    }

    /// What was written with that key.
    pub(super) fn written(&self, key: IdempotencyKey<'_>) -> Option<Written> {
        self.once.as_ref()?.written(key)
    }

    /// That was written with the key, which was not known.
    pub(super) fn remember(
        &mut self,
        key: IdempotencyKey<'_>,
        written: Written,
        now: Moment,
        bounds: &Bounds,
    ) {
        let once = self.once.get_or_insert_default();
        once.remember(key, written, now, bounds.events);
    }

    fn append_many(&mut self, records: &[Record<'_>], bounds: &Bounds) {
        let mut rest = records;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(fill(self.epoch, rest, bounds.segment()));
            let bytes = now.iter().map(|it| largest_size(self.epoch, it)).sum();
            let mut segment = SegmentBuilder::new(self.epoch, now.len(), bytes);
            for record in now {
                self.last += 1;
                segment.push(self.last, record);
            }
            self.add(segment.finish(), bounds);
            rest = later;
        }
    }

    fn add(&mut self, segment: Segment, bounds: &Bounds) {
        let size = segment.size();
        self.bytes += size;
        self.appended += size as u64;
        let is_whole = size >= bounds.segment();
        if is_whole {
            self.join_loose();
        }
        self.segments.push_back(Arc::new(segment));
        self.loose += 1;
        self.loose_bytes += size;
        if !is_whole && self.loose_bytes >= bounds.segment() {
            self.join_loose();
        }
        if self.loose_bytes >= bounds.segment() {
            (self.loose, self.loose_bytes) = (0, 0);
        }
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

    /// Groups records by time, so that there are 65 groups at most, however many records.
    fn note_age(&mut self, now: Moment, bounds: &Bounds) {
        match self.ages.back_mut() {
            Some(age) if now.saturating_sub(age.first_at) <= bounds.age / 64 => {
                age.last_at = now;
                age.last = self.last;
            }
            _ => self.ages.push_back(Age {
                first_at: now,
                last_at: now,
                last: self.last,
            }),
        }
    }

    fn drop_oldest(&mut self) {
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
        while self
            .ages
            .front()
            .is_some_and(|age| age.last <= self.dropped)
        {
            self.ages.pop_front();
        }
    }

    /// Drops what is too old. What an ended channel holds does not age by itself.
    pub(super) fn expire(&mut self, now: Moment, bounds: &Bounds) {
        if let Some(once) = &mut self.once
            && !once.expire(now, bounds.idempotency_window)
        {
            self.once = None;
        }
        if let Some(at) = self.ended {
            if now.saturating_sub(at) >= bounds.ended {
                self.clear();
            }
            return;
        }
        while let Some(age) = self.ages.front()
            && now.saturating_sub(age.last_at) >= bounds.age
        {
            for _ in self.dropped..age.last {
                self.drop_oldest();
            }
        }
    }

    /// Drops what it holds, its keys, and that it has ended.
    pub(super) fn clear(&mut self) {
        *self = Self {
            base: self.base,
            queued: self.queued,
            watchers: self.watchers.take(),
            ..Self::new(self.epoch, self.last)
        };
    }

    pub(super) fn end(&mut self, now: Moment) {
        self.ended = Some(now);
    }

    pub(super) fn read_after(&mut self, cursor: Cursor, limit: Limit) -> Page {
        let epoch = self.epoch;
        let standing = stand(cursor, epoch, self.base, self.dropped, self.last);
        let from = match standing {
            Standing::Contiguous => cursor.seq(),
            Standing::Truncated { .. } => self.dropped,
            // It is to begin anew; where is not for the log to say.
            Standing::UnknownEpoch | Standing::Rewound | Standing::Ahead => self.last,
        };
        let mut page = Page::empty(standing, Cursor::new(epoch, from));
        let (mut records, mut bytes) = (limit.records(), limit.bytes());
        let first = self.segments_after(from);
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
        let has_more = page.next().seq() < self.last;
        page.finish(has_more, self.has_ended());
        page
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

    pub(super) fn extent(&self) -> Extent {
        let epoch = self.epoch;
        Extent {
            oldest: Cursor::new(epoch, self.dropped),
            newest: Cursor::new(epoch, self.last),
            exists: self.last > self.base || self.has_ended(),
            ended: self.has_ended(),
        }
    }

    pub(super) fn watchers(&mut self) -> &Watchers<Shout> {
        self.watchers
            .get_or_insert_with(|| Arc::new(Watchers::new()))
    }

    /// Who is to be called once no lock is held any more.
    pub(super) fn to_call(&self) -> Option<Arc<Watchers<Shout>>> {
        self.watchers.clone()
    }

    /// Whether it is time that those who watch some keys read on as well. A quarter of what is kept
    /// was appended since.
    pub(super) fn must_tell_everyone(&mut self, now: Moment, bounds: &Bounds) -> bool {
        let told = &mut self.told;
        let records = self.last - told.last;
        let bytes = self.appended - told.appended;
        let is_time = records >= (bounds.events as u64 / 4).max(1)
            || bytes >= (bounds.bytes as u64 / 4)
            || now.saturating_sub(told.at) >= bounds.age / 4
            || bounds.age <= 2 * READ_ON
            || self.ended.is_some();
        if is_time {
            *told = Told {
                last: self.last,
                appended: self.appended,
                at: now,
            };
        }
        is_time
    }

    /// One watch has left: of these keys, or of everything.
    pub(super) fn left(&mut self, keys: Option<&Keys>) {
        let is_last = |them: &Arc<Watchers<Shout>>| match keys {
            None => !them.left(),
            Some(keys) => !them.left_keys(keys.iter()),
        };
        if self.watchers.as_ref().is_some_and(is_last) {
            self.watchers = None;
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

/// How `cursor` stands to a channel that keeps what comes after `dropped` up to `last`, and has
/// forgotten all up to `base`.
pub(super) fn stand(cursor: Cursor, epoch: Epoch, base: u64, dropped: u64, last: u64) -> Standing {
    let seq = cursor.seq();
    if cursor.epoch() != epoch {
        Standing::UnknownEpoch
    } else if seq > last {
        Standing::Ahead
    } else if seq >= dropped {
        Standing::Contiguous
    } else {
        Standing::Truncated {
            missed: (seq >= base).then(|| dropped - seq),
        }
    }
}
