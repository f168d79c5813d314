//! What came of a storm.

use std::fmt;
use std::time::Duration;

use sse_runtime::log::EventLog;

use super::Plan;
use super::recovery::Recovery;
use crate::chronicle::Chronicle;
use crate::oracle::{self, Complaints, Gaps};
use crate::publisher::Ledger;
use crate::reader::Diary;

/// All that was counted, and what is wrong.
pub(crate) struct Report {
    plan: Plan,
    events: usize,
    ledgers: Vec<Ledger>,
    connections: usize,
    problems: usize,
    received: usize,
    pub(crate) gaps: Gaps,
    recoveries: Vec<Recovery>,
    caught_up_after: Duration,
    complaints: Complaints,
}

impl Report {
    /// Holds the log to what publishers were told, and readers to the log.
    pub(super) fn new<L: EventLog>(
        plan: &Plan,
        names: &[String],
        chronicle: &Chronicle<L>,
        ledgers: Vec<Ledger>,
        diaries: &[Diary],
        recoveries: Vec<Recovery>,
        caught_up_after: Duration,
    ) -> Self {
        let mut complaints = Complaints::default();
        oracle::log_holds(chronicle, names, &ledgers, &mut complaints);
        let mut gaps = Gaps::default();
        for diary in diaries {
            gaps += oracle::reader_got(chronicle, plan.kept, diary, &mut complaints);
        }
        Self {
            plan: plan.clone(),
            events: (0..plan.channels)
                .map(|it| chronicle.channel(it).len())
                .sum(),
            ledgers,
            connections: diaries.iter().map(|diary| diary.connections).sum(),
            problems: diaries.iter().map(|diary| diary.problems).sum(),
            received: diaries.iter().map(|diary| diary.steps.len()).sum(),
            gaps,
            recoveries,
            caught_up_after,
            complaints,
        }
    }

    /// Prints it.
    ///
    /// # Panics
    /// Where anything was lost, repeated or out of order without a word.
    pub(crate) fn is_clean(&self) {
        println!("{self}");
        let Plan { seed, lasts, .. } = self.plan;
        let seconds = lasts.as_secs();
        assert!(
            self.complaints.is_empty(),
            "again with SSE_TEST_STORM_SEED={seed} SSE_TEST_STORM_SECONDS={seconds}:\n{}",
            self.complaints
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan {
            seed,
            lasts,
            publishers,
            readers,
            channels,
            ..
        } = &self.plan;
        let sum = |of: fn(&Ledger) -> usize| self.ledgers.iter().map(of).sum::<usize>();
        writeln!(
            f,
            "seed {seed}: {publishers} publishers, {readers} readers, {channels} channels, {lasts:?}"
        )?;
        writeln!(
            f,
            "  {} events, {} acknowledged, {} of unknown fate; tried again {} times after a refusal, {} after silence",
            self.events,
            sum(Ledger::acknowledged),
            sum(Ledger::unknown),
            sum(|it| it.after_refusals),
            sum(|it| it.after_silence),
        )?;
        writeln!(
            f,
            "  {} received over {} connections ({} times the log could not be read), {} gaps over {} events; all had everything {:?} after the end",
            self.received,
            self.connections,
            self.problems,
            self.gaps.told,
            self.gaps.missed,
            self.caught_up_after
        )?;
        for Recovery { of, after } in &self.recoveries {
            let at = |part: usize| {
                after.get((after.len() * part / 100).min(after.len().saturating_sub(1)))
            };
            writeln!(
                f,
                "  {of}: half of the readers caught up after {:?}, 99 % after {:?}, the last after {:?}",
                at(50).copied().unwrap_or_default(),
                at(99).copied().unwrap_or_default(),
                after.last().copied().unwrap_or_default()
            )?;
        }
        Ok(())
    }
}
