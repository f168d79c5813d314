//! Reads of a channel, whoever asked for them.

use tokio::time::Instant;

use super::super::super::watchers::To;
use super::super::super::{Cursor, Entry, Page, Run, Standing};
use super::super::ring::Ring;
use super::{Due, Progress};

/// A read that is under way.
#[derive(Clone, Copy)]
pub(in super::super) struct Begun {
    pub(in super::super) from: Cursor,
    at_end: bool,
    generation: u64,
    was_dirty: bool,
    hinted: Option<u64>,
    awaited: Option<u64>,
    owed: u64,
}

impl Progress {
    /// From where the channel is to be read on, if it is.
    pub(in super::super) fn to_read(&self) -> Option<Cursor> {
        let ring = self.ring.as_ref().filter(|_| self.must_read())?;
        Some(ring.end())
    }

    /// Whether what a read from there finds may be put into the ring.
    pub(in super::super) fn is_within(&self, cursor: Cursor) -> bool {
        let Some(ring) = &self.ring else {
            return false;
        };
        ring.number(cursor).is_some_and(|it| it <= ring.end().seq())
    }

    /// The engine is asked for what comes after `from`.
    pub(in super::super) fn begin(&mut self, from: Cursor) -> Begun {
        let ring = self.ring.as_ref();
        let at_end = ring.is_some_and(|ring| ring.number(from) == Some(ring.end().seq()));
        let begun = Begun {
            from,
            at_end,
            generation: self.hearing.generation,
            was_dirty: at_end && self.is_dirty,
            hinted: self.hinted,
            awaited: self.awaited,
            owed: self.owed,
        };
        if at_end {
            self.is_dirty = false;
            self.is_reading = true;
        }
        begun
    }

    /// It gave no answer.
    pub(in super::super) fn gave_up(&mut self, begun: &Begun) -> Due {
        self.is_reading &= !begun.at_end;
        self.is_dirty |= begun.was_dirty;
        self.due()
    }

    /// What it holds there is no record of this version.
    pub(in super::super) fn cannot_read(&mut self, begun: &Begun) -> Due {
        self.is_reading &= !begun.at_end;
        if !begun.at_end {
            return self.due();
        }
        // Who reads on meets it.
        self.stuck = Some(None);
        Due::default().and_tell(To::Everyone)
    }

    /// It answered.
    pub(in super::super) fn landed(&mut self, begun: &Begun, page: &Page, now: Instant) -> Due {
        self.is_reading &= !begun.at_end;
        match (page.standing(), &self.ring) {
            (Standing::Contiguous, None) if page.has_more() => Due::default(),
            (Standing::Contiguous, None) => {
                let mut ring = Ring::new(page.next());
                put(&mut ring, begun.from, page, now);
                self.ring = Some(ring);
                self.has_ended = page.is_end();
                self.hearing.is_confirmed |= begun.generation == self.hearing.generation;
                self.settled = self.settled.max(begun.owed);
                self.due().and_tell(To::Everyone)
            }
            (Standing::Contiguous, Some(_)) => self.extend(begun, page, now),
            // This node was passed by, or the engine is another one. Each reader is told of its own.
            (_, Some(_)) if begun.at_end => {
                self.ring = None;
                (self.hinted, self.awaited) = (None, None);
                (self.looked, self.has_more) = (None, false);
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
            // One that does not go on is not asked for again and again.
            self.has_more = page.has_more() && !page.is_empty();
        } else if begun.at_end {
            self.has_more = false;
        }
        let mut is_end_new = false;
        if !page.has_more() {
            self.hearing.is_confirmed |= begun.generation == self.hearing.generation;
            self.settled = self.settled.max(begun.owed);
            // What was hinted of before is not there, or it would have been read.
            self.hinted = self.hinted.filter(|_| self.hinted != begun.hinted);
            self.awaited = self.awaited.filter(|_| self.awaited != begun.awaited);
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
}

/// Puts a page into the ring that begins within it. Returns the number up to which it goes.
pub(super) fn put(ring: &mut Ring, from: Cursor, page: &Page, now: Instant) -> u64 {
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
