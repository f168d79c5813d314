//! What is under way: reads and appends.

use std::sync::Arc;

use tokio::time::Instant;

use super::super::super::{Cursor, Limit, Page, ReadError};
use super::super::mirror::{Begun, Mirror};
use super::super::turnstile::{Answer, Shared, Turn};
use super::super::work::Job;
use super::Mirrors;

/// An append that is under way.
pub(in super::super) struct Writing<'a> {
    pub(super) mirrors: &'a Mirrors,
    pub(super) mirror: Option<Arc<Mirror>>,
    pub(super) records: u64,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if let Some(mirror) = &self.mirror {
            self.mirrors
                .change(mirror, |progress| progress.no_longer_writes(self.records));
        }
    }
}

/// A read that is under way. Where it is dropped, it is somebody else's to do.
pub(in super::super) struct Flight<'a> {
    pub(super) mirrors: &'a Mirrors,
    pub(super) mirror: &'a Arc<Mirror>,
    pub(super) begun: Begun,
    pub(super) turn: Option<Turn<'a, (Cursor, Limit), Page>>,
}

impl Flight<'_> {
    pub(in super::super) fn from(&self) -> Cursor {
        self.begun.from
    }

    /// How much to read for a reader with that limit: more where it stays in memory for others.
    pub(in super::super) fn widened(&self, limit: Limit) -> Limit {
        if !self.mirror.progress().is_within(self.begun.from) {
            return limit;
        }
        let whole = Limit::default();
        let (records, bytes) = (limit.records(), limit.bytes());
        Limit::new(whole.records().max(records), whole.bytes().max(bytes))
    }

    /// What came of it, and as much as a reader with that limit is given.
    pub(in super::super) fn land(
        mut self,
        answer: Result<Page, ReadError>,
        limit: Limit,
    ) -> Answer<Page> {
        let answer = answer.map_err(Shared::from);
        let now = Instant::now();
        let due = self.mirrors.apply(self.mirror, |progress| match &answer {
            Ok(page) => progress.landed(&self.begun, page, now),
            Err(error) if error.is_unavailable => progress.gave_up(&self.begun),
            Err(_) => progress.cannot_read(&self.begun),
        });
        let answer = answer.map(|page| page.cut(limit));
        if let Some(turn) = self.turn.take() {
            turn.tell((self.begun.from, limit), &answer);
        }
        // Only now, as whoever is to read on needs the turn.
        match &answer {
            Err(error) if error.is_unavailable && due.read => {
                self.mirrors.keep(Job::Read(Arc::clone(self.mirror)));
            }
            _ => self.mirrors.carry_out(self.mirror, due),
        }
        answer
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            let due = self
                .mirrors
                .apply(self.mirror, |progress| progress.gave_up(&self.begun));
            drop(turn);
            self.mirrors.carry_out(self.mirror, due);
        }
    }
}
