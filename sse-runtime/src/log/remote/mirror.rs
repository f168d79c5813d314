//! One channel that is watched on this node: how far it was read, and what is known of what comes after.
//!
//! Without the engine and without a clock: what has happened is told, and what is to be done about it
//! is said.

mod appends;
mod hints;
#[cfg(any(test, feature = "nats"))]
mod pushes;
mod reads;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::page::Page;
use super::super::watch::Shout;
use super::super::watchers::{To, Watchers};
use super::super::{ChannelName, Cursor, Extent, Limit, Standing};
use super::engine::Retention;
use super::ring::Ring;
use super::turnstile::Turnstile;
use super::work::Queued;
pub(super) use reads::Begun;

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
    /// This node has appended up to that number, and is about to be hinted of it, or sent it.
    awaited: Option<u64>,
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
    suspect: Option<(u64, Instant)>,
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

impl Progress {
    fn new(retention: Retention) -> Self {
        Self {
            ring: None,
            has_ended: false,
            hearing: Hearing::default(),
            is_dirty: false,
            hinted: None,
            awaited: None,
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
            && !self.awaits()
    }

    /// Whether what this node has appended last is still to come.
    fn awaits(&self) -> bool {
        let end = self.ring.as_ref().map(|ring| ring.end().seq());
        end.is_some_and(|end| self.awaited.is_some_and(|it| it > end))
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
