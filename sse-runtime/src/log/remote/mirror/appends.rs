//! What this node itself appends to a channel.

use tokio::time::Instant;

use super::super::super::segment::Segment;
use super::super::super::watchers::To;
use super::super::super::{Cursor, PageBuilder, Record, Run, Standing};
use super::super::engine::{Write, Written};
use super::super::ring::Ring;
use super::{Due, Progress};

impl Progress {
    /// This node appends so many records, of which none has a number between others.
    pub(in super::super) fn writes(&mut self, records: u64) {
        self.writing += records;
    }

    /// That is over.
    pub(in super::super) fn no_longer_writes(&mut self, records: u64) -> Due {
        self.writing = self.writing.saturating_sub(records);
        self.due()
    }

    /// This node has appended something.
    pub(in super::super) fn wrote(
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
        // By a hint, which may know what lies before it.
        let is_coming = self.hearing.hears && !write.ends && !written.is_repeated;
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
        } else if !is_dense && is_coming && number.is_some() {
            self.owed += 1;
            self.awaited = self.awaited.max(number);
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
