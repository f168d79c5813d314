//! What must come of a case.

use serde::Serialize;

use super::{Origin, Request};

/// What a client tells its user until its stream ends, and which requests it makes for that.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What the user is told, in order. Nothing follows the last one but the end.
    pub items: Vec<Item>,
    /// The requests that reach a server, in order.
    pub requests: Vec<Request>,
    /// The least time between the first request and the last, in milliseconds.
    pub at_least_ms: u64,
    /// The most, where there is a bound.
    pub at_most_ms: Option<u64>,
    /// How many events of names that it does not know a typed client has skipped.
    pub unknown: u64,
}

/// What a user is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Item {
    /// An event.
    Event {
        /// Its name.
        event: String,
        /// Its data, or a part that is repeated `times`.
        data: String,
        /// 1, but for the data of very long events.
        times: usize,
        /// The id to resume from after it.
        id: Option<String>,
    },
    /// Events are missing, says an event `gap`.
    Gap {
        /// `truncated`, `ahead`, `reset` or `foreign`.
        reason: String,
        /// How many, where that is known.
        missed: Option<u64>,
    },
    /// An error after the stream had begun.
    Problem {
        /// Its status.
        status: u16,
        /// Its title.
        title: String,
    },
    /// The server refuses by its status.
    Status {
        /// The status.
        status: u16,
        /// The title of the problem in its body, where there is one.
        title: Option<String>,
    },
    /// What comes is no event stream.
    ContentType,
    /// What comes is compressed, which nobody asked for.
    ContentEncoding,
    /// A redirect that cannot be followed.
    Redirect,
    /// An event over the limit.
    TooLong,
    /// An event that is not what its endpoint says.
    Decode,
    /// The connection broke and may not be made again.
    Broken,
    /// A request that cannot be sent.
    Unsent,
}

impl Item {
    /// An event without a name and without an id.
    pub(super) fn event(data: impl Into<String>) -> Self {
        Self::named("message", data)
    }

    pub(super) fn named(event: impl Into<String>, data: impl Into<String>) -> Self {
        Self::Event {
            event: event.into(),
            data: data.into(),
            times: 1,
            id: None,
        }
    }

    pub(super) fn status(status: u16, title: Option<&str>) -> Self {
        let title = title.map(str::to_owned);
        Self::Status { status, title }
    }

    /// After this event a client resumes from there.
    pub(super) fn at(mut self, place: impl Into<String>) -> Self {
        if let Self::Event { id, .. } = &mut self {
            *id = Some(place.into());
        }
        self
    }

    /// The data is so often that.
    pub(super) fn repeated(mut self, n: usize) -> Self {
        if let Self::Event { times, .. } = &mut self {
            *times = n;
        }
        self
    }
}

impl Outcome {
    pub(super) fn new(
        items: impl IntoIterator<Item = Item>,
        requests: impl IntoIterator<Item = Request>,
    ) -> Self {
        Self {
            items: items.into_iter().collect(),
            requests: requests.into_iter().collect(),
            at_least_ms: 0,
            at_most_ms: None,
            unknown: 0,
        }
    }

    /// Requests that resume from nowhere.
    pub(super) fn of_requests(n: usize, items: impl IntoIterator<Item = Item>) -> Self {
        Self::new(items, vec![Request::get(); n])
    }

    pub(super) fn takes_ms(mut self, at_least: u64) -> Self {
        self.at_least_ms = at_least;
        self
    }

    pub(super) fn takes_at_most_ms(mut self, at_most: u64) -> Self {
        self.at_most_ms = Some(at_most);
        self
    }

    pub(super) fn unknown(mut self, n: u64) -> Self {
        self.unknown = n;
        self
    }

    /// The first request goes elsewhere than home.
    pub(super) fn from(mut self, origin: Origin) -> Self {
        for request in &mut self.requests {
            request.origin = origin;
        }
        self
    }
}
