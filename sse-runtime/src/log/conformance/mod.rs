//! What every log must hold, to hold an engine of your own to it.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use sse_runtime::log::{MemoryLog, conformance};
//!
//! let report = conformance::check(&MemoryLog::default()).await;
//! assert!(report.is_conformant(), "{report}");
//! # }
//! ```

mod conditions;
mod ending;
mod reading;
mod standing;
mod trial;
mod watching;

use std::fmt;

use super::{EventLog, Property};
use trial::{Breach, Trial};

/// Holds `log` to each property, one after the other, and says which it has.
///
/// The channels are new ones, so a log in use can be asked. It should keep no more than some
/// thousand records of a channel: the suite appends until the oldest are dropped, and gives up after
/// 100 000. Hints and signals are waited for with tokio's clock, for 10 s each.
pub async fn check<L: EventLog>(log: &L) -> Report {
    let trial = Trial::new(log);
    let mut report = Report {
        findings: Vec::new(),
    };

    /// Each property by the name of its function, with what an engine may say that it lacks.
    macro_rules! hold {
        ($($room:ident: { $($property:ident $(if $needed:ident)?,)* })*) => {$($({
            let lacking = [$(Property::$needed)?].into_iter().find(|it| !log.properties().has(*it));
            let outcome = match lacking {
                Some(property) => Outcome::Lacking(property),
                None => match $room::$property(&trial).await {
                    Ok(()) => Outcome::Holds,
                    Err(Breach(what)) => Outcome::Broken(what),
                },
            };
            report.findings.push(Finding { property: stringify!($property), outcome });
        })*)*};
    }

    hold! {
        reading: {
            records_come_back_in_order_with_their_lines_and_keys,
            numbers_rise,
            numbers_have_no_holes if DenseIds,
            a_run_is_the_ids_and_lines_of_its_entries,
            a_batch_lies_together,
            an_empty_batch_appends_nothing,
            writers_at_once_get_ids_of_their_own_in_one_order,
            channels_keep_their_records_apart,
            a_page_keeps_to_its_limit_and_says_that_there_is_more,
            a_page_has_one_record_however_small_the_limit,
            reading_on_misses_and_repeats_nothing,
        }
        standing: {
            a_cursor_at_the_end_is_contiguous_and_gets_nothing,
            a_cursor_of_another_epoch_is_of_an_unknown_epoch,
            a_cursor_of_another_channel_is_of_an_unknown_epoch,
            a_cursor_behind_the_end_is_ahead,
            a_cursor_before_the_oldest_record_is_truncated,
            the_number_of_what_was_missed_is_exact if ExactMissed,
            rewinding_gives_the_newest_records,
            an_unknown_channel_can_be_read_from_where_it_stands,
        }
        watching: {
            what_is_appended_after_watching_is_hinted,
            a_hint_names_the_channel,
            who_reads_when_hinted_misses_and_repeats_nothing,
            all_watches_of_a_channel_are_hinted,
            a_watch_that_was_dropped_keeps_nobody_from_hints,
            a_watch_of_keys_is_hinted_of_them,
            the_end_is_hinted_to_a_watch_of_keys,
            a_signal_reaches_who_watches_and_leaves_no_trace if Signals,
        }
        ending: {
            the_last_record_comes_with_the_end,
            an_end_is_hinted,
            nothing_is_appended_to_an_ended_channel,
            ending_twice_changes_nothing,
            a_channel_can_end_without_a_record,
            who_comes_late_gets_the_last_record,
        }
        conditions: {
            a_key_given_twice_appends_once_and_answers_the_same_places if Conditions,
            a_batch_with_a_key_is_appended_once_as_a_whole if Conditions,
            of_many_at_once_with_one_key_one_appends if Conditions,
            another_key_appends if Conditions,
            a_key_is_one_of_its_channel if Conditions,
            at_the_end_of_its_channel_a_record_is_appended if Conditions,
            elsewhere_it_is_moved_and_writes_nothing if Conditions,
            of_writers_at_one_place_one_wins if Conditions,
            an_ended_channel_takes_nothing_on_any_condition if Conditions,
            an_empty_batch_on_a_condition_appends_nothing if Conditions,
            what_is_appended_on_a_condition_is_hinted if Conditions,
        }
    }
    report
}

/// What [`check`] found.
#[derive(Clone, Debug)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// Whether every property holds, but for those of which the engine says that it lacks what they
    /// need.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        let broken = |finding: &Finding| matches!(finding.outcome, Outcome::Broken(_));
        !self.findings.iter().any(broken)
    }

    /// Each property, in the order in which they were tried.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// A line for each property, and a count.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut hold, mut lacking, mut broken) = (0, 0, 0);
        for finding in &self.findings {
            match finding.outcome {
                Outcome::Holds => hold += 1,
                Outcome::Lacking(_) => lacking += 1,
                Outcome::Broken(_) => broken += 1,
            }
            writeln!(f, "{finding}")?;
        }
        write!(f, "{hold} hold, {lacking} lacking, {broken} broken")
    }
}

/// One property and how the log stands to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    property: &'static str,
    outcome: Outcome,
}

impl Finding {
    /// The property, as a statement.
    #[must_use]
    pub fn property(&self) -> &'static str {
        self.property
    }

    /// Whether it holds.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let property = self.property;
        match &self.outcome {
            Outcome::Holds => write!(f, "holds    {property}"),
            Outcome::Lacking(what) => write!(f, "lacking  {property}: the log has not {what}"),
            Outcome::Broken(what) => write!(f, "BROKEN   {property}: {what}"),
        }
    }
}

/// How a log stands to a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// The log says that it lacks what this needs, and was not tried.
    Lacking(Property),
    /// It does not hold, and what happened instead.
    Broken(String),
}
