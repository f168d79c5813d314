//! Logs on the network, by their engine.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use metrics::{Counter, Gauge, Histogram, Unit};

use super::metric::{Metric, Owner, counters};
use crate::log::{AppendError, ReadError};

const READS: Metric = Metric {
    name: "sse_log_reads_total",
    unit: Unit::Count,
    help: "Questions to the engine of what is in the log, by what became of them.",
};
const APPENDS: Metric = Metric {
    name: "sse_log_appends_total",
    unit: Unit::Count,
    help: "Appends of one event or several, by what became of them.",
};
const APPEND_DURATION: Metric = Metric {
    name: "sse_log_append_duration_seconds",
    unit: Unit::Seconds,
    help: "How long appends took, until they were answered or given up.",
};
const LOST_HINTS: Metric = Metric {
    name: "sse_log_lost_hints_total",
    unit: Unit::Count,
    help: "Times that a channel had more of which no hint had come.",
};
const HELD: Metric = Metric {
    name: "sse_log_held_bytes",
    unit: Unit::Bytes,
    help: "What this node keeps in memory of what is in the log.",
};
const IMPAIRED: Metric = Metric {
    name: "sse_log_impaired",
    unit: Unit::Count,
    help: "Logs of this node that cannot do their work now.",
};

counters! {
    Reads of READS, outcome: Read {
        answered: Answered,
        unavailable: Unavailable,
        unreadable: Unreadable,
    }
}

counters! {
    Appends of APPENDS, outcome: Append {
        written: Written,
        ended: Ended,
        moved: Moved,
        too_large: TooLarge,
        refused: Refused,
        unanswered: Unanswered,
    }
}

#[derive(Clone, Copy, Debug)]
enum Read {
    Answered,
    Unavailable,
    Unreadable,
}

impl Read {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unavailable => "unavailable",
            Self::Unreadable => "unreadable",
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Append {
    Written,
    Ended,
    Moved,
    TooLarge,
    Refused,
    Unanswered,
}

impl Append {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Ended => "ended",
            Self::Moved => "moved",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
        }
    }
}

/// A log on the network.
#[derive(Debug)]
pub(crate) struct Log {
    engine: &'static str,
    handles: OnceLock<Handles>,
}

#[derive(Debug)]
struct Handles {
    reads: Reads,
    appends: Appends,
    append_duration: Histogram,
    lost_hints: Counter,
    held: Gauge,
    impaired: Gauge,
    /// What this log has added to the gauges, which it may share with others.
    told_held: AtomicUsize,
    told_impaired: AtomicBool,
}

impl Log {
    pub(crate) fn of(engine: &'static str) -> Self {
        Self {
            engine,
            handles: OnceLock::new(),
        }
    }

    /// The engine was asked what is in the log.
    pub(crate) fn read<T>(&self, answer: &Result<T, ReadError>) {
        let outcome = match answer {
            Ok(_) => Read::Answered,
            Err(ReadError::Unavailable(_)) => Read::Unavailable,
            Err(ReadError::Unreadable(_)) => Read::Unreadable,
        };
        self.handles().reads.add(outcome, 1);
    }

    /// An append is over.
    pub(crate) fn appended<T>(&self, append: Appending, answer: &Result<T, AppendError>) {
        let outcome = match answer {
            Ok(_) => Append::Written,
            Err(AppendError::Ended { .. }) => Append::Ended,
            Err(AppendError::Moved { .. }) => Append::Moved,
            Err(AppendError::TooLarge { .. }) => Append::TooLarge,
            Err(AppendError::Refused(_)) => Append::Refused,
            Err(AppendError::Unanswered(_)) => Append::Unanswered,
        };
        let handles = self.handles();
        handles.appends.add(outcome, 1);
        handles.append_duration.record(append.since.elapsed());
    }

    /// That there is more was found by looking.
    pub(crate) fn lost_hint(&self) {
        self.handles().lost_hints.increment(1);
    }

    /// How it stands now; told once in a while.
    pub(crate) fn stands(&self, held: usize, is_impaired: bool) {
        // Gauges are no use of a log.
        if let Some(handles) = self.handles.get() {
            handles.stands(held, is_impaired);
        }
    }

    fn handles(&self) -> &Handles {
        self.handles.get_or_init(|| {
            let engine = Owner::engine(self.engine);
            Handles {
                reads: Reads::register(&engine),
                appends: Appends::register(&engine),
                append_duration: APPEND_DURATION.histogram(&engine),
                lost_hints: LOST_HINTS.counter(&engine),
                held: HELD.gauge(&engine),
                impaired: IMPAIRED.gauge(&engine),
                told_held: AtomicUsize::new(0),
                told_impaired: AtomicBool::new(false),
            }
        })
    }
}

impl Handles {
    fn stands(&self, held: usize, is_impaired: bool) {
        let before = self.told_held.swap(held, Ordering::Relaxed);
        self.held.increment(held as f64 - before as f64);
        let before = self.told_impaired.swap(is_impaired, Ordering::Relaxed);
        self.impaired
            .increment(f64::from(is_impaired) - f64::from(before));
    }
}

impl Drop for Handles {
    fn drop(&mut self) {
        self.stands(0, false);
    }
}

/// An append that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appending {
    since: Instant,
}

impl Appending {
    pub(crate) fn begin() -> Self {
        Self {
            since: Instant::now(),
        }
    }
}
