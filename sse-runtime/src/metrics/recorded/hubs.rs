//! Hubs, by the endpoint whose events they publish.

use std::sync::{Arc, OnceLock};

use metrics::{Counter, Gauge, Histogram, Unit};

use super::metric::{Metric, Owner, Raised, counters};
use crate::describe::Descriptor;
use crate::hub::{Gap, GapReason};

const PUBLISHED: Metric = Metric {
    name: "sse_hub_published_events_total",
    unit: Unit::Count,
    help: "Events that were published and that the log has taken.",
};
const SUBSCRIPTIONS: Metric = Metric {
    name: "sse_hub_subscriptions_open",
    unit: Unit::Count,
    help: "Subscriptions that there are now.",
};
const RESUMES: Metric = Metric {
    name: "sse_hub_resumes_total",
    unit: Unit::Count,
    help: "Subscriptions that have begun, by what became of the id that they began after.",
};
const GAPS: Metric = Metric {
    name: "sse_hub_gaps_total",
    unit: Unit::Count,
    help: "Times that a subscription missed events, by why.",
};
const REPLAYED: Metric = Metric {
    name: "sse_hub_replayed_events_total",
    unit: Unit::Count,
    help: "Events that subscriptions were given before they had caught up for the first time.",
};
const LAG: Metric = Metric {
    name: "sse_hub_lag_events",
    unit: Unit::Count,
    help: "Events by which a subscription had fallen behind that has caught up, or is over.",
};
const LEFT_OUT: Metric = Metric {
    name: "sse_hub_left_out_events_total",
    unit: Unit::Count,
    help: "Events that subscriptions have read and left out, by why.",
};

counters! {
    Resumes of RESUMES, outcome: Outcome {
        none: None,
        contiguous: Contiguous,
        truncated: Truncated,
        ahead: Ahead,
        reset: Reset,
        foreign: Foreign,
    }
}

counters! {
    Gaps of GAPS, reason: GapReason {
        truncated: Truncated,
        ahead: Ahead,
        reset: Reset,
        foreign: Foreign,
    }
    never Unknown
}

counters! {
    LeftOuts of LEFT_OUT, reason: Omission {
        unwanted: Unwanted,
        replaced: Replaced,
    }
}

/// What became of the id that a subscription begins after.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    None,
    Contiguous,
    Truncated,
    Ahead,
    Reset,
    Foreign,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Contiguous => "contiguous",
            Self::Truncated => GapReason::Truncated.as_str(),
            Self::Ahead => GapReason::Ahead.as_str(),
            Self::Reset => GapReason::Reset.as_str(),
            Self::Foreign => GapReason::Foreign.as_str(),
        }
    }
}

impl From<GapReason> for Outcome {
    fn from(reason: GapReason) -> Self {
        match reason {
            GapReason::Truncated => Self::Truncated,
            GapReason::Ahead => Self::Ahead,
            GapReason::Reset => Self::Reset,
            // A hub knows what it tells.
            GapReason::Foreign | GapReason::Unknown => Self::Foreign,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Omission {
    Unwanted,
    Replaced,
}

impl Omission {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Unwanted => "unwanted",
            Self::Replaced => "replaced",
        }
    }
}

/// A hub with all its clones.
#[derive(Clone, Debug)]
pub(crate) struct Hub(Arc<Lazy>);

#[derive(Debug)]
struct Lazy {
    descriptor: &'static Descriptor,
    handles: OnceLock<Handles>,
}

#[derive(Debug)]
struct Handles {
    published: Counter,
    subscriptions: Gauge,
    resumes: Resumes,
    gaps: Gaps,
    replayed: Counter,
    lag: Histogram,
    left_out: LeftOuts,
}

impl Hub {
    pub(crate) fn of(descriptor: &'static Descriptor) -> Self {
        Self(Arc::new(Lazy {
            descriptor,
            handles: OnceLock::new(),
        }))
    }

    pub(crate) fn published(&self, events: usize) {
        self.handles().published.increment(events as u64);
    }

    /// A subscription; `resumes` says whether it begins after an id.
    pub(crate) fn subscribed(&self, resumes: bool) -> Subscription {
        Subscription {
            hub: self.clone(),
            _open: Raised::new(&self.handles().subscriptions),
            begins: Some(resumes),
            pace: Pace::Replaying,
        }
    }

    fn handles(&self) -> &Handles {
        let Lazy {
            descriptor,
            handles,
        } = &*self.0;
        handles.get_or_init(|| {
            let endpoint = Owner::endpoint(descriptor);
            Handles {
                published: PUBLISHED.counter(&endpoint),
                subscriptions: SUBSCRIPTIONS.gauge(&endpoint),
                resumes: Resumes::register(&endpoint),
                gaps: Gaps::register(&endpoint),
                replayed: REPLAYED.counter(&endpoint),
                lag: LAG.histogram(&endpoint),
                left_out: LeftOuts::register(&endpoint),
            }
        })
    }
}

/// One subscription, until it is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    hub: Hub,
    _open: Raised,
    /// Until it has begun: whether it does so after an id.
    begins: Option<bool>,
    pace: Pace,
}

#[derive(Debug)]
enum Pace {
    /// It has not caught up yet.
    Replaying,
    /// It reads all there is in one turn.
    Following,
    /// It does not: it was given, or missed, so many events since it last did.
    Lagging(u64),
}

impl Subscription {
    /// It has missed events.
    pub(crate) fn missed(&mut self, gap: Gap) {
        self.begin(gap.reason().into());
        self.hub.handles().gaps.add(gap.reason(), 1);
        let missed = gap.missed().unwrap_or(0);
        self.pace = match self.pace {
            Pace::Replaying => Pace::Replaying,
            Pace::Following => Pace::Lagging(missed),
            Pace::Lagging(events) => Pace::Lagging(events.saturating_add(missed)),
        };
    }

    /// It has had a turn in which it read `events` and left others out; `is_behind` says that there
    /// are more.
    pub(crate) fn read(&mut self, events: u64, left_out: LeftOut, is_behind: bool) {
        self.begin(Outcome::Contiguous);
        let handles = self.hub.handles();
        let LeftOut { unwanted, replaced } = left_out;
        handles.left_out.add(Omission::Unwanted, unwanted);
        handles.left_out.add(Omission::Replaced, replaced);
        self.pace = match self.pace {
            Pace::Replaying => {
                handles.replayed.increment(events);
                match is_behind {
                    true => Pace::Replaying,
                    false => Pace::Following,
                }
            }
            // What it does not want, it may read late.
            Pace::Following if is_behind && events > 0 => Pace::Lagging(events),
            Pace::Following => Pace::Following,
            Pace::Lagging(before) => {
                let lag = before.saturating_add(events);
                if is_behind {
                    Pace::Lagging(lag)
                } else {
                    handles.lag.record(lag as f64);
                    Pace::Following
                }
            }
        };
    }

    fn begin(&mut self, outcome: Outcome) {
        if let Some(resumes) = self.begins.take() {
            let outcome = if resumes { outcome } else { Outcome::None };
            self.hub.handles().resumes.add(outcome, 1);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Pace::Lagging(lag) = self.pace {
            self.hub.handles().lag.record(lag as f64);
        }
    }
}

/// Events that were read and left out in one turn.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LeftOut {
    unwanted: u64,
    replaced: u64,
}

impl LeftOut {
    /// Events that its keys or its filter do not want.
    pub(crate) fn unwanted(&mut self, events: usize) {
        self.unwanted += events as u64;
    }

    /// Events that newer ones of their keys have replaced.
    pub(crate) fn replaced(&mut self, events: usize) {
        self.replaced += events as u64;
    }
}
