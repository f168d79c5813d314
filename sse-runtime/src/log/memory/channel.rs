//! One channel in memory: its records, and what is left of them at the bounds.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::page::{Limit, Page, Standing};
use super::super::watch::Shout;
use super::super::watchers::Watchers;
use super::super::{Cursor, Epoch, Extent, IdempotencyKey, Keys, Record};
use super::bounds::{Bounds, Moment};
use super::once::{Once, Written};
use super::records::Records;

pub(super) struct Channel {
    records: Records,
    /// The number before the first record of all. Whatever had it or a lower one is forgotten.
    base: u64,
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
            records: Records::new(epoch, base),
            base,
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
        self.records.last()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether it holds anything that somebody could ask for.
    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.ended.is_none() && self.once.is_none()
    }

    /// Whether nothing is lost when it goes.
    pub(super) fn is_idle(&self) -> bool {
        self.is_empty() && self.watchers.is_none()
    }

    pub(super) fn append(&mut self, records: &[Record<'_>], now: Moment, bounds: &Bounds) {
        if records.is_empty() {
            return;
        }
        self.appended += self.records.append(records, bounds.segment()) as u64;
        self.note_age(now, bounds);
        while self.records.len() > bounds.events as u64 || self.records.bytes() > bounds.bytes {
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

    /// Groups records by time, so that there are 65 groups at most, however many records.
    fn note_age(&mut self, now: Moment, bounds: &Bounds) {
        let last = self.last();
        match self.ages.back_mut() {
            Some(age) if now.saturating_sub(age.first_at) <= bounds.age / 64 => {
                age.last_at = now;
                age.last = last;
            }
            _ => self.ages.push_back(Age {
                first_at: now,
                last_at: now,
                last,
            }),
        }
    }

    fn drop_oldest(&mut self) {
        self.records.drop_oldest();
        let dropped = self.records.dropped();
        while self.ages.front().is_some_and(|age| age.last <= dropped) {
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
            for _ in self.records.dropped()..age.last {
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
            ..Self::new(self.records.epoch(), self.last())
        };
    }

    pub(super) fn end(&mut self, now: Moment) {
        self.ended = Some(now);
    }

    pub(super) fn read_after(&mut self, cursor: Cursor, limit: Limit) -> Page {
        let (epoch, last) = (self.records.epoch(), self.last());
        let dropped = self.records.dropped();
        let standing = stand(cursor, epoch, self.base, dropped, last);
        let from = match standing {
            Standing::Contiguous => cursor.seq(),
            Standing::Truncated { .. } => dropped,
            // It is to begin anew; where is not for the log to say.
            Standing::UnknownEpoch | Standing::Rewound | Standing::Ahead => last,
        };
        let mut page = Page::empty(standing, Cursor::new(epoch, from));
        self.records.read(&mut page, limit);
        let has_more = page.next().seq() < last;
        page.finish(has_more, self.has_ended());
        page
    }

    pub(super) fn extent(&self) -> Extent {
        let epoch = self.records.epoch();
        Extent {
            oldest: Cursor::new(epoch, self.records.dropped()),
            newest: Cursor::new(epoch, self.last()),
            exists: self.last() > self.base || self.has_ended(),
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
        let last = self.last();
        let told = &mut self.told;
        let records = last - told.last;
        let bytes = self.appended - told.appended;
        let is_time = records >= (bounds.events as u64 / 4).max(1)
            || bytes >= (bounds.bytes as u64 / 4)
            || now.saturating_sub(told.at) >= bounds.age / 4
            || bounds.age <= 2 * READ_ON
            || self.ended.is_some();
        if is_time {
            *told = Told {
                last,
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
