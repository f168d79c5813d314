//! One channel that is watched on this node: how far it was read, and what is known of what comes after.
//!
//! Without the engine and without a clock: what has happened is told, and what is to be done about it
//! is said.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::page::Page;
use super::super::segment::{Run, Segment};
use super::super::watch::Shout;
use super::super::watchers::{To, Watchers};
use super::super::{ChannelName, Cursor, Entry, Extent, Limit, PageBuilder, Record, Standing};
use super::engine::{End, Retention, Write, Written};
use super::ring::Ring;
use super::turnstile::Turnstile;
use super::work::Queued;

pub(super) struct Mirror {
    pub(super) name: ChannelName,
    pub(super) watchers: Watchers<Shout>,
    pub(super) queued: Queued,
    pub(super) reads: Turnstile<(Cursor, Limit), Page>,
    pub(super) extents: Turnstile<(), Extent>,
    progress: Mutex<Progress>,
}

impl Mirror {
    pub(super) fn new(name: ChannelName, retention: Retention) -> Self {
        Self {
            name,
            watchers: Watchers::new(),
            queued: Queued::default(),
            reads: Turnstile::new(),
            extents: Turnstile::new(),
            progress: Mutex::new(Progress::new(retention)),
        }
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        // Whole between any two statements.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be done once no lock is held.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// The channel is to be read on.
    pub(super) read: bool,
    /// Its end is to be asked for.
    pub(super) look: bool,
    /// Who is to be told that there is more.
    pub(super) tell: Option<To>,
    /// A hint that should have come did not.
    pub(super) lost_hint: bool,
}

impl Due {
    pub(super) const LOOK: Self = Self {
        read: false,
        look: true,
        tell: None,
        lost_hint: false,
    };

    fn and_tell(self, to: To) -> Self {
        Self {
            tell: Some(to),
            ..self
        }
    }
}

/// Who is hinted of some keys reads on this often all the same. What grows too old before that is
/// hinted to everyone.
const READ_ON: Duration = Duration::from_secs(15);

pub(super) struct Progress {
    /// Up to a place of which all watches were told; none until an end of the channel is known.
    ring: Option<Ring>,
    has_ended: bool,
    hearing: Hearing,

    /// There may be more, up to nobody knows where.
    is_dirty: bool,
    /// There is more, up to that number.
    hinted: Option<u64>,
    /// Records that this node is appending, and that will follow on the end if nobody else's do. A hint
    /// of them may come before the answer.
    writing: u64,
    /// The newest read said that there is more.
    has_more: bool,
    /// The channel is being read from its end on.
    is_reading: bool,
    /// What comes cannot be read by this version: it is left alone until something changes. With the
    /// end of the channel, where that is known.
    stuck: Option<Option<Cursor>>,
    /// Appends of this node that are not in the ring, counted; and as many of them as were read since.
    owed: u64,
    settled: u64,
    /// The end that was found by looking, where it is not one of the ring's epoch.
    looked: Option<Cursor>,
    /// That there is more was found by looking. If it was hinted of, that hint is still to come.
    suspect: Option<u64>,
    hinted_at: Option<Instant>,

    retention: Retention,
    /// Records since all watches of keys were told.
    untold: u64,
    told_at: Option<Instant>,

    pub(super) watches: usize,
    /// How many of them are of keys.
    pub(super) watches_of_keys: usize,
    /// Since when nobody watches.
    pub(super) left_at: Option<Instant>,
    /// Somebody has read from the ring since that was last looked at.
    pub(super) is_used: bool,
    /// It is in the queue of those that hold something.
    pub(super) is_holding: bool,
    /// It is none of the node's any more.
    pub(super) is_gone: bool,
}

/// Whether hints come.
#[derive(Default)]
struct Hearing {
    hears: bool,
    /// Changes with each time that they begin or cease to come.
    generation: u64,
    /// Since they come, the end was asked for.
    is_confirmed: bool,
}

/// A read that is under way.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub(super) from: Cursor,
    at_end: bool,
    generation: u64,
    was_dirty: bool,
    hinted: Option<u64>,
    owed: u64,
}

impl Progress {
    fn new(retention: Retention) -> Self {
        Self {
            ring: None,
            has_ended: false,
            hearing: Hearing::default(),
            is_dirty: false,
            hinted: None,
            writing: 0,
            has_more: false,
            is_reading: false,
            stuck: None,
            owed: 0,
            settled: 0,
            looked: None,
            suspect: None,
            hinted_at: None,
            retention,
            untold: 0,
            told_at: None,
            watches: 0,
            watches_of_keys: 0,
            left_at: None,
            is_used: false,
            is_holding: false,
            is_gone: false,
        }
    }

    /// About the memory that its records take, in bytes.
    pub(super) fn size(&self) -> usize {
        self.ring.as_ref().map_or(0, Ring::size)
    }

    /// Drops its records. Who wants them has them read again.
    pub(super) fn clear(&mut self) {
        if let Some(ring) = &mut self.ring {
            ring.clear();
        }
    }

    /// Drops those that have lain there for too long.
    pub(super) fn expire(&mut self, now: Instant) {
        if let Some(ring) = &mut self.ring {
            ring.expire(now);
        }
    }

    /// What there is after `cursor`, if that is known without asking the engine.
    pub(super) fn answer(&mut self, cursor: Cursor, limit: Limit) -> Option<Page> {
        let is_fresh = self.is_fresh();
        let is_owed = self.owed != self.settled;
        let ring = self.ring.as_mut()?;
        let (number, end) = (ring.number(cursor)?, ring.end().seq());
        if number == end && is_fresh {
            let mut page = Page::empty(Standing::Contiguous, cursor);
            page.finish(false, self.has_ended);
            return Some(page);
        }
        if number >= end {
            return None;
        }
        let mut page = ring.read(cursor, number, limit)?;
        self.is_used = true;
        let are_left = page.next().seq() < end;
        // Who has appended something reads it.
        page.finish(are_left || is_owed, self.has_ended);
        Some(page)
    }

    /// Whether what comes after the end would have been hinted of.
    fn is_fresh(&self) -> bool {
        self.hearing.hears
            && self.hearing.is_confirmed
            && !self.is_reading
            && self.stuck.is_none()
            && !self.may_have_more(0)
    }

    fn must_read(&self) -> bool {
        self.stuck.is_none() && self.may_have_more(self.writing)
    }

    /// Whether there may be more than so many records after the end.
    fn may_have_more(&self, records: u64) -> bool {
        let Some(ring) = &self.ring else {
            return false;
        };
        let end = ring.end().seq().saturating_add(records);
        self.is_dirty || self.has_more || self.hinted.is_some_and(|it| it > end)
    }

    pub(super) fn due(&self) -> Due {
        Due {
            read: self.must_read(),
            ..Due::default()
        }
    }
}

/// Hints.
impl Progress {
    pub(super) fn heard(&mut self) -> Due {
        self.hearing = Hearing {
            hears: true,
            generation: self.hearing.generation + 1,
            is_confirmed: false,
        };
        self.suspect = None;
        Due::LOOK
    }

    pub(super) fn deaf(&mut self) {
        self.hearing = Hearing {
            hears: false,
            generation: self.hearing.generation + 1,
            is_confirmed: false,
        };
        self.suspect = None;
    }

    /// There is more, up to that place, where it is known.
    pub(super) fn hinted(&mut self, place: Option<Cursor>, now: Instant) -> Due {
        self.hinted_at = Some(now);
        let Some(ring) = &self.ring else {
            return Due::LOOK;
        };
        let number = place.and_then(|place| ring.number(place));
        if number.is_none_or(|number| self.suspect <= Some(number)) {
            self.suspect = None;
        }
        match number {
            // It was read already; most often it is what this node itself has appended.
            Some(number) if number <= ring.end().seq() => return Due::default(),
            Some(number) => self.hinted = self.hinted.max(Some(number)),
            None => self.is_dirty = true,
        }
        self.stuck = None;
        self.due()
    }

    /// Whether it was hinted of so recently that there is no need to look.
    pub(super) fn is_hinted_since(&self, then: Instant) -> bool {
        self.hinted_at.is_some_and(|at| at >= then)
    }

    /// What a question for the end is to be answered with.
    pub(super) fn generation(&self) -> u64 {
        self.hearing.generation
    }

    /// The channel ends there.
    pub(super) fn looked(&mut self, generation: u64, end: End) -> Due {
        let lost_hint = self.suspect.take().is_some();
        let is_fresh = self.is_fresh();
        let is_current = generation == self.hearing.generation;
        let Some(ring) = &self.ring else {
            self.ring = Some(Ring::new(end.newest));
            self.has_ended = end.ended;
            self.hearing.is_confirmed = is_current;
            return self.due().and_tell(To::Everyone);
        };
        let known = ring.end().seq();
        match ring.number(end.newest) {
            Some(number) if number == known => {
                self.hearing.is_confirmed |= is_current;
                if end.ended && !self.has_ended {
                    self.has_ended = true;
                    return self.due().and_tell(To::Everyone);
                }
            }
            Some(number) if number > known => {
                if let Some(stuck) = &mut self.stuck {
                    if stuck.get_or_insert(end.newest) == &end.newest {
                        return Due::default();
                    }
                    self.stuck = None;
                }
                if is_fresh {
                    self.suspect = Some(number);
                }
                self.hinted = self.hinted.max(Some(number));
                self.is_dirty = true;
            }
            // Another life of the channel; or the end of before something that was appended here.
            _ => {
                self.is_dirty = true;
                self.looked = Some(end.newest);
                self.stuck = None;
            }
        }
        Due {
            lost_hint,
            ..self.due()
        }
    }
}

/// Reads.
impl Progress {
    /// From where the channel is to be read on, if it is.
    pub(super) fn to_read(&self) -> Option<Cursor> {
        let ring = self.ring.as_ref().filter(|_| self.must_read())?;
        Some(ring.end())
    }

    /// Whether what a read from there finds may be put into the ring.
    pub(super) fn is_within(&self, cursor: Cursor) -> bool {
        let Some(ring) = &self.ring else {
            return false;
        };
        ring.number(cursor).is_some_and(|it| it <= ring.end().seq())
    }

    /// The engine is asked for what comes after `from`.
    pub(super) fn begin(&mut self, from: Cursor) -> Begun {
        let ring = self.ring.as_ref();
        let at_end = ring.is_some_and(|ring| ring.number(from) == Some(ring.end().seq()));
        let begun = Begun {
            from,
            at_end,
            generation: self.hearing.generation,
            was_dirty: at_end && self.is_dirty,
            hinted: self.hinted,
            owed: self.owed,
        };
        if at_end {
            self.is_dirty = false;
            self.is_reading = true;
        }
        begun
    }

    /// It gave no answer.
    pub(super) fn gave_up(&mut self, begun: &Begun) -> Due {
        self.is_reading &= !begun.at_end;
        self.is_dirty |= begun.was_dirty;
        self.due()
    }

    /// What it holds there is no record of this version.
    pub(super) fn cannot_read(&mut self, begun: &Begun) -> Due {
        self.is_reading &= !begun.at_end;
        if !begun.at_end {
            return self.due();
        }
        // Who reads on meets it.
        self.stuck = Some(None);
        Due::default().and_tell(To::Everyone)
    }

    /// It answered.
    pub(super) fn landed(&mut self, begun: &Begun, page: &Page, now: Instant) -> Due {
        self.is_reading &= !begun.at_end;
        match (page.standing(), &self.ring) {
            (Standing::Contiguous, None) if page.has_more() => Due::default(),
            (Standing::Contiguous, None) => {
                let mut ring = Ring::new(page.next());
                put(&mut ring, begun.from, page, now);
                self.ring = Some(ring);
                self.has_ended = page.is_end();
                self.hearing.is_confirmed |= begun.generation == self.hearing.generation;
                self.settled = begun.owed;
                self.due().and_tell(To::Everyone)
            }
            (Standing::Contiguous, Some(_)) => self.extend(begun, page, now),
            // This node was passed by, or the engine is another one. Each reader is told of its own.
            (_, Some(_)) if begun.at_end => {
                self.ring = None;
                (self.hinted, self.looked, self.has_more) = (None, None, false);
                self.hearing.is_confirmed = false;
                Due::LOOK
            }
            (Standing::UnknownEpoch | Standing::Ahead | Standing::Rewound, Some(ring))
                if ring
                    .number(begun.from)
                    .is_some_and(|it| it <= ring.end().seq()) =>
            {
                self.is_dirty = true;
                self.due()
            }
            _ => self.due(),
        }
    }

    fn extend(&mut self, begun: &Begun, page: &Page, now: Instant) -> Due {
        let looked = self.looked.take_if(|_| begun.at_end);
        let Some(ring) = &mut self.ring else {
            return Due::default();
        };
        let before = ring.end();
        let Some(from) = ring.number(begun.from) else {
            // Of an older life; unless there is nothing after it, as this is the older one.
            self.is_dirty |= !page.has_more() && page.next().epoch() != before.epoch();
            return self.due();
        };
        if from > before.seq() {
            let to = ring.number(page.next());
            self.hinted = self.hinted.max(to);
            self.is_dirty |= to.is_none();
            return self.due();
        }
        let to = put(ring, begun.from, page, now);
        if let Some(newest) = looked
            && page.is_empty()
            && newest.epoch() != before.epoch()
            && newest.seq() == before.seq()
        {
            // A new life that has no record yet.
            ring.enter(newest);
        }
        let end = ring.end();
        if to >= end.seq() {
            self.has_more = page.has_more();
        } else if begun.at_end {
            self.has_more = false;
        }
        let mut is_end_new = false;
        if !page.has_more() {
            self.hearing.is_confirmed |= begun.generation == self.hearing.generation;
            self.settled = begun.owed;
            // What was hinted of before is not there, or it would have been read.
            self.hinted = self.hinted.filter(|_| self.hinted != begun.hinted);
            is_end_new = page.is_end() && !self.has_ended;
        }
        if end != before {
            // A name that is used again.
            self.has_ended = page.is_end();
        }
        self.has_ended |= is_end_new;
        if end == before && !is_end_new {
            return self.due();
        }
        let are_new = |entry: &Entry<'_>| {
            entry.cursor().epoch() != before.epoch() || entry.cursor().seq() > before.seq()
        };
        let new = page.runs().flat_map(Run::entries).filter(are_new);
        let is_another = end.epoch() != before.epoch();
        let to = match is_end_new || is_another {
            true => To::Everyone,
            false => self.who_wants(new.map(|entry| entry.key()), now),
        };
        self.due().and_tell(to)
    }

    /// This node appends so many records, of which none has a number between others.
    pub(super) fn writes(&mut self, records: u64) {
        self.writing += records;
    }

    /// That is over.
    pub(super) fn no_longer_writes(&mut self, records: u64) -> Due {
        self.writing = self.writing.saturating_sub(records);
        self.due()
    }

    /// This node has appended something.
    pub(super) fn wrote(
        &mut self,
        write: &Write<'_>,
        written: &Written,
        is_dense: bool,
        now: Instant,
    ) -> Due {
        let is_new = self.ring.is_none();
        // What others have appended before is before that place, too.
        let ring = self
            .ring
            .get_or_insert_with(|| match written.places.first() {
                Some(first) if is_dense && !written.is_repeated => {
                    Ring::new(Cursor::new(first.epoch(), first.seq().saturating_sub(1)))
                }
                _ => Ring::new(written.end),
            });
        let before = ring.end().seq();
        let number = ring.number(written.end);
        let mut tell = is_new.then_some(To::Everyone);
        if number.is_some_and(|number| number <= before) {
            // It was read already.
        } else if is_dense && follows(ring.end(), write.records, written) {
            for run in runs_of(write.records, &written.places) {
                let after = ring.end().seq();
                ring.insert(after, &run, now);
            }
            self.has_ended = false;
            let keys = write.records.iter().map(Record::key);
            let to = self.who_wants(keys, now);
            tell.get_or_insert(to);
        } else {
            self.owed += 1;
            self.hinted = self.hinted.max(number);
            self.is_dirty = true;
        }
        if write.ends && !self.has_ended && !self.is_dirty {
            self.has_ended = true;
            tell = Some(To::Everyone);
        }
        Due { tell, ..self.due() }
    }
}

/// Telling.
impl Progress {
    /// Who is told of records with these keys, or without one.
    fn who_wants<'a>(&mut self, keys: impl Iterator<Item = Option<&'a str>>, now: Instant) -> To {
        let mut records = 0;
        let keys = keys.inspect(|_| records += 1).flatten();
        let to = match self.watches_of_keys {
            0 => {
                keys.for_each(drop);
                To::default()
            }
            _ => To::who_wants(keys),
        };
        self.untold += records;
        let Retention { events, age } = self.retention;
        let told_at = *self.told_at.get_or_insert(now);
        let is_time = self.untold >= (events / 4).max(1)
            || now.saturating_duration_since(told_at) >= age / 4
            || age <= 2 * READ_ON;
        if is_time {
            (self.untold, self.told_at) = (0, Some(now));
            return To::Everyone;
        }
        to
    }
}

/// Puts a page into the ring that begins within it. Returns the number up to which it goes.
fn put(ring: &mut Ring, from: Cursor, page: &Page, now: Instant) -> u64 {
    let mut at = ring.number(from);
    for run in page.runs() {
        let before = run.first_seq().saturating_sub(1);
        let epoch = run.end().epoch();
        if epoch != ring.end().epoch() {
            if at.is_none_or(|at| at < ring.end().seq()) {
                continue;
            }
            // A new life has begun there.
            ring.enter(Cursor::new(epoch, before));
            at = Some(before);
        }
        ring.insert(at.unwrap_or(before), run, now);
        at = Some(run.end().seq());
    }
    at.unwrap_or(0)
}

/// Whether those records lie behind that place with nothing between.
fn follows(end: Cursor, records: &[Record<'_>], written: &Written) -> bool {
    let numbers = written.places.iter().zip(end.seq() + 1..);
    let is_dense = |(place, seq): (&Cursor, u64)| *place == Cursor::new(end.epoch(), seq);
    // What was written before with the same key need not be the same.
    !written.is_repeated
        && records.len() == written.places.len()
        && written.places.last() == Some(&written.end)
        && { numbers }.all(is_dense)
}

fn runs_of(records: &[Record<'_>], places: &[Cursor]) -> Vec<Run> {
    if let ([record], [place]) = (records, places) {
        return vec![Run::whole(Segment::of(place.epoch(), place.seq(), record))];
    }
    let Some(first) = places.first() else {
        return Vec::new();
    };
    let mut page = PageBuilder::new(Standing::Contiguous, *first);
    for (record, place) in records.iter().zip(places) {
        page.push(*place, record);
    }
    page.finish(false, false).runs().cloned().collect()
}
