//! What is heard of a channel, and what is found by looking.

use std::time::Duration;

use tokio::time::Instant;

use super::super::super::Cursor;
use super::super::super::watchers::To;
use super::super::engine::End;
use super::super::ring::Ring;
use super::{Due, Hearing, Progress};

/// How late a hint may come.
const LATE: Duration = Duration::from_millis(500);

impl Progress {
    pub(in super::super) fn heard(&mut self) -> Due {
        self.hearing = Hearing {
            hears: true,
            generation: self.hearing.generation + 1,
            is_confirmed: false,
        };
        self.suspect = None;
        Due::LOOK
    }

    pub(in super::super) fn deaf(&mut self) {
        self.hearing = Hearing {
            hears: false,
            generation: self.hearing.generation + 1,
            is_confirmed: false,
        };
        self.suspect = None;
    }

    /// There is more, up to that place, where it is known.
    pub(in super::super) fn hinted(&mut self, place: Option<Cursor>, now: Instant) -> Due {
        self.hinted_at = Some(now);
        let Some(ring) = &self.ring else {
            return Due::LOOK;
        };
        let number = place.and_then(|place| ring.number(place));
        self.suspect = self
            .suspect
            .filter(|(suspect, _)| number.is_some_and(|number| number < *suspect));
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
    pub(in super::super) fn is_hinted_since(&self, then: Instant) -> bool {
        self.hinted_at.is_some_and(|at| at >= then)
    }

    /// What a question for the end is to be answered with.
    pub(in super::super) fn generation(&self) -> u64 {
        self.hearing.generation
    }

    /// The channel ends there.
    pub(in super::super) fn looked(&mut self, generation: u64, end: End, now: Instant) -> Due {
        // Looks may follow on one another closely.
        let is_late = |since: Instant| now.saturating_duration_since(since) >= LATE;
        let lost_hint = self.suspect.take_if(|(_, at)| is_late(*at)).is_some();
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
                    self.suspect.get_or_insert((number, now));
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
