//! Whether everyone was given what the log holds, and the log holds what publishers were told.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::AddAssign;

use sse_runtime::client::{Gap, GapReason};
use sse_runtime::log::{Cursor, EventLog, Property};

use crate::chronicle::{Chronicle, Logged};
use crate::publisher::{Ledger, Outcome};
use crate::reader::{Diary, Step};

/// What is wrong, one line each.
#[derive(Default)]
pub(crate) struct Complaints(Vec<String>);

/// So many are told; the rest are likely of the same cause.
const TOLD: usize = 20;

impl Complaints {
    pub(crate) fn add(&mut self, complaint: String) {
        self.0.push(complaint);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for complaint in self.0.iter().take(TOLD) {
            writeln!(f, "- {complaint}")?;
        }
        match self.0.len().checked_sub(TOLD) {
            Some(more @ 1..) => write!(f, "and {more} more"),
            _ => Ok(()),
        }
    }
}

/// Holds the log to what the publishers were told.
pub(crate) fn log_holds<L: EventLog>(
    chronicle: &Chronicle<L>,
    names: &[String],
    ledgers: &[Ledger],
    complaints: &mut Complaints,
) {
    let is_dense = chronicle.log().properties().has(Property::DenseIds);
    // Where each event is, as publishers are told it.
    let mut places = HashMap::new();
    for (channel, name) in names.iter().enumerate() {
        let logged = chronicle.channel(channel);
        for pair in logged.windows(2) {
            let (before, after) = (pair[0].at.seq(), pair[1].at.seq());
            if after <= before || is_dense && after != before + 1 {
                complaints.add(format!("{name}: {after} is numbered after {before}"));
            }
        }
        for it in logged {
            let at = (name, it.at.to_string());
            if let Some(other) = places.insert((it.publisher, it.n), at) {
                complaints.add(format!(
                    "{it:?} in {name} is in the log as {other:?} already"
                ));
            }
        }
    }
    let mut told = HashSet::new();
    for told_of in ledgers.iter().flat_map(|ledger| &ledger.told) {
        let number = &told_of.number;
        let event = (number.publisher, number.n);
        told.insert(event);
        match (&told_of.outcome, places.get(&event)) {
            (Outcome::Acknowledged(id), Some(place)) if *place == (&number.channel, id.clone()) => {
            }
            (Outcome::Acknowledged(id), place) => complaints.add(format!(
                "{number:?} was acknowledged as {id}, and is in the log at {place:?}"
            )),
            (Outcome::Unknown, _) => {}
        }
    }
    for event in places.keys().filter(|event| !told.contains(event)) {
        complaints.add(format!("nobody has published {event:?}"));
    }
    for ledger in ledgers {
        let mut last = HashMap::new();
        for told in &ledger.told {
            let Outcome::Acknowledged(id) = &told.outcome else {
                continue;
            };
            let seq = seq_of(id);
            let before = last.insert(&told.number.channel, seq);
            if before.is_some_and(|before| before >= seq) {
                complaints.add(format!(
                    "{:?} has the id {id}, after {before:?}",
                    told.number
                ));
            }
        }
    }
}

fn seq_of(id: &str) -> u64 {
    let seq = id.rsplit_once('-').and_then(|(_, seq)| seq.parse().ok());
    seq.expect("an id of a log")
}

/// How often readers were told of gaps, and of how many events.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    pub(crate) told: usize,
    pub(crate) missed: u64,
}

impl AddAssign for Gaps {
    fn add_assign(&mut self, other: Self) {
        self.told += other.told;
        self.missed += other.missed;
    }
}

/// Holds what a reader was given to what is in the log: all of it from the first event on, in its order
/// and once, but for what a gap has told. Of each channel the log keeps as many events as are `kept`.
pub(crate) fn reader_got<L: EventLog>(
    chronicle: &Chronicle<L>,
    kept: u64,
    diary: &Diary,
    complaints: &mut Complaints,
) -> Gaps {
    let mut reading = Reading {
        chronicle,
        kept,
        diary,
        read: vec![0; chronicle.len()],
        gaps: Gaps::default(),
        complaints,
    };
    for step in &diary.steps {
        match step {
            Step::Event { channel, logged } => reading.got(*channel, logged),
            Step::Gap { gap, at, published } => reading.was_told(gap, at, published),
        }
    }
    reading.ends();
    reading.gaps
}

/// A diary that is read beside the log.
struct Reading<'a, L> {
    chronicle: &'a Chronicle<L>,
    kept: u64,
    diary: &'a Diary,
    /// How many records of each channel are behind the reader.
    read: Vec<usize>,
    gaps: Gaps,
    complaints: &'a mut Complaints,
}

impl<L: EventLog> Reading<'_, L> {
    fn got(&mut self, channel: usize, got: &Logged) {
        let logged = self.chronicle.channel(channel);
        let number = self.read[channel];
        let expected = logged.get(number);
        if expected == Some(got) {
            self.read[channel] += 1;
            return;
        }
        let place = logged.iter().position(|it| it == got);
        self.complaints.add(format!(
            "reader {}, channel {channel}: got {got:?}, which is number {place:?} of the log, in place \
             of number {number} ({expected:?})",
            self.diary.reader,
        ));
        // So that one mistake is told once.
        self.read[channel] = place.map_or(number, |place| place + 1);
    }

    fn was_told(&mut self, gap: &Gap, at: &[Cursor], published: &[u64]) {
        let reader = self.diary.reader;
        let mut passed = 0;
        let mut is_unsure = false;
        let channels = self.diary.channels.iter().zip(at).zip(published);
        for ((channel, at), published) in channels {
            let logged = self.chronicle.channel(*channel);
            let before = self.read[*channel];
            let behind = logged.partition_point(|it| it.at.seq() <= at.seq());
            if behind < before {
                self.complaints.add(format!(
                    "reader {reader}, channel {channel}: {gap} leads back from {before} to {behind}"
                ));
            }
            passed += behind.saturating_sub(before) as u64;
            // The chronicle may not have read the newest of them.
            is_unsure |= published.saturating_sub(before as u64) >= self.kept / 2;
            self.read[*channel] = behind;
        }
        self.gaps.told += 1;
        self.gaps.missed += passed;
        let is_exact = self.chronicle.log().properties().has(Property::ExactMissed);
        let missed = gap.missed();
        let is_told = missed == Some(passed) || missed.is_none() && !is_exact;
        // A log that does not count cannot know that nothing is missed by who would go on with the
        // oldest event that is left, where the one at its place is dropped.
        let is_needed = passed > 0 || is_unsure && !is_exact;
        if gap.reason() != GapReason::Truncated || !is_told || !is_needed {
            self.complaints.add(format!(
                "reader {reader}: {passed} events are passed over by {gap:?}"
            ));
        }
    }

    fn ends(&mut self) {
        for &channel in &self.diary.channels {
            let (got, all) = (self.read[channel], self.chronicle.channel(channel).len());
            if got != all {
                self.complaints.add(format!(
                    "reader {}, channel {channel}: ends at {got} of {all}",
                    self.diary.reader
                ));
            }
        }
    }
}
