//! Streams, by endpoint.

use std::sync::{Arc, OnceLock};

use metrics::{Counter, Gauge, Histogram, Unit};

use super::metric::{Metric, Owner, Raised, counters};
use crate::describe::Descriptor;
use crate::server::{End, EndReason};

const OPEN: Metric = Metric {
    name: "sse_streams_open",
    unit: Unit::Count,
    help: "Streams that are open now.",
};
const OPENED: Metric = Metric {
    name: "sse_streams_opened_total",
    unit: Unit::Count,
    help: "Streams that were opened.",
};
const CLOSED: Metric = Metric {
    name: "sse_streams_closed_total",
    unit: Unit::Count,
    help: "Streams that were opened and have ended, by why they ended.",
};
const REFUSED: Metric = Metric {
    name: "sse_streams_refused_total",
    unit: Unit::Count,
    help: "Requests for which no stream was opened, by why.",
};
const WAITING: Metric = Metric {
    name: "sse_streams_waiting",
    unit: Unit::Count,
    help: "Open streams that have something to write and wait for their client to read.",
};
const DURATION: Metric = Metric {
    name: "sse_stream_duration_seconds",
    unit: Unit::Seconds,
    help: "How long streams lasted, from the request to the end.",
};
const SENT_EVENTS: Metric = Metric {
    name: "sse_sent_events_total",
    unit: Unit::Count,
    help: "Events that were sent on streams.",
};
const SENT_BYTES: Metric = Metric {
    name: "sse_sent_bytes_total",
    unit: Unit::Bytes,
    help: "Bytes of streams that were handed to their connections, heartbeats included.",
};

counters! {
    Closed of CLOSED, reason: EndReason {
        closed: Closed,
        returned: Returned,
        failed: Failed,
        panicked: Panicked,
        reconnect: Reconnect,
        shutdown: Shutdown,
        deadline: Deadline,
        disconnected: Disconnected,
    } never Refused
}

counters! {
    Refused of REFUSED, reason: Refusal {
        limit: Limit,
        invalid: Invalid,
        closed: Closed,
        answered: Answered,
        failed: Failed,
        panicked: Panicked,
        shutdown: Shutdown,
        deadline: Deadline,
        disconnected: Disconnected,
    }
}

/// Why a request got no stream.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    Limit,
    Invalid,
    Closed,
    Answered,
    Failed,
    Panicked,
    Shutdown,
    Deadline,
    Disconnected,
}

impl Refusal {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Invalid => "invalid",
            Self::Closed => "closed",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Shutdown => "shutdown",
            Self::Deadline => "deadline",
            Self::Disconnected => "disconnected",
        }
    }
}

/// Of a stream that has ended before it was opened.
impl From<EndReason> for Refusal {
    fn from(reason: EndReason) -> Self {
        match reason {
            EndReason::Closed => Self::Closed,
            EndReason::Returned => Self::Answered,
            EndReason::Failed => Self::Failed,
            EndReason::Panicked => Self::Panicked,
            EndReason::Shutdown => Self::Shutdown,
            EndReason::Deadline => Self::Deadline,
            // Advice to come back opens the stream that carries it, unless its client has gone.
            EndReason::Disconnected | EndReason::Reconnect => Self::Disconnected,
            EndReason::Refused => Self::Invalid,
        }
    }
}

/// The streams of an endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Streams(Arc<Lazy>);

#[derive(Debug)]
struct Lazy {
    descriptor: &'static Descriptor,
    handles: OnceLock<Handles>,
}

#[derive(Debug)]
struct Handles {
    open: Gauge,
    opened: Counter,
    closed: Closed,
    refused: Refused,
    waiting: Gauge,
    duration: Histogram,
    sent_events: Counter,
    sent_bytes: Counter,
}

impl Streams {
    pub(crate) fn of(descriptor: &'static Descriptor) -> Self {
        Self(Arc::new(Lazy {
            descriptor,
            handles: OnceLock::new(),
        }))
    }

    /// There was no place left.
    pub(crate) fn refused_by_limit(&self) {
        self.handles().refused.add(Refusal::Limit, 1);
    }

    /// An extractor or the payload did not let the request in.
    pub(crate) fn refused_as_invalid(&self) {
        self.handles().refused.add(Refusal::Invalid, 1);
    }

    /// The stream that was asked for had ended before its service was called.
    pub(crate) fn refused(&self, reason: EndReason) {
        self.handles().refused.add(reason.into(), 1);
    }

    /// A request whose service is called.
    pub(crate) fn stream(&self) -> Stream {
        Stream {
            streams: self.clone(),
            open: None,
            waiting: None,
            sent: 0,
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
                open: OPEN.gauge(&endpoint),
                opened: OPENED.counter(&endpoint),
                closed: Closed::register(&endpoint),
                refused: Refused::register(&endpoint),
                waiting: WAITING.gauge(&endpoint),
                duration: DURATION.histogram(&endpoint),
                sent_events: SENT_EVENTS.counter(&endpoint),
                sent_bytes: SENT_BYTES.counter(&endpoint),
            }
        })
    }
}

/// One stream, from before it is opened.
#[derive(Debug)]
pub(crate) struct Stream {
    streams: Streams,
    open: Option<Raised>,
    waiting: Option<Raised>,
    /// How many of its events were counted.
    sent: u64,
}

impl Stream {
    pub(crate) fn opened(&mut self) {
        let handles = self.streams.handles();
        handles.opened.increment(1);
        self.open = Some(Raised::new(&handles.open));
    }

    /// Bytes were handed to the connection; `sent` is how many events were sent so far.
    pub(crate) fn wrote(&mut self, bytes: usize, sent: impl FnOnce() -> u64) {
        self.waiting = None;
        self.streams.handles().sent_bytes.increment(bytes as u64);
        self.count_events(sent());
    }

    /// Nothing can be handed to the connection now: because it has not written what it has, or as
    /// there is nothing.
    pub(crate) fn waits(&mut self, for_client: bool) {
        if for_client != self.waiting.is_some() {
            let waiting = &self.streams.handles().waiting;
            self.waiting = for_client.then(|| Raised::new(waiting));
        }
    }

    pub(crate) fn ended(&mut self, end: &End) {
        self.waiting = None;
        self.count_events(end.sent);
        let was_open = self.open.take().is_some();
        let handles = self.streams.handles();
        if was_open {
            handles.closed.add(end.reason, 1);
            handles.duration.record(end.duration);
        } else {
            handles.refused.add(end.reason.into(), 1);
        }
    }

    fn count_events(&mut self, sent: u64) {
        let more = sent.saturating_sub(self.sent);
        if more > 0 {
            self.sent = sent;
            self.streams.handles().sent_events.increment(more);
        }
    }
}
