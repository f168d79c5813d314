//! A request as a server sees it.

use std::collections::BTreeMap;

use serde::Serialize;

/// What of a request a client is held to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The server that it reaches.
    pub origin: Origin,
    /// Its method.
    pub method: String,
    /// Its path and query below that of the run.
    pub path: String,
    /// The place that it resumes from.
    pub last_event_id: Option<String>,
    /// These headers of the user's: `authorization`, `cookie`, `x-custom`.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}

/// The headers of a user's that a client is held to.
pub(super) const OF_USER: [&str; 3] = ["authorization", "cookie", "x-custom"];

/// The server that a request reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The one that the client was given.
    Home,
    /// One that it was redirected to.
    Foreign,
    /// The one that at first did not listen.
    Late,
}

/// A request that has come.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// What of it a client is held to.
    pub request: Request,
    /// All of its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// How long after the first request of its run it came, in milliseconds.
    pub after_ms: u64,
}

impl Request {
    /// A GET of the stream that the client was given, from its beginning.
    pub(super) fn get() -> Self {
        Self {
            origin: Origin::Home,
            method: "GET".to_owned(),
            path: "/events".to_owned(),
            last_event_id: None,
            headers: BTreeMap::new(),
            body: String::new(),
        }
    }

    pub(super) fn post(body: impl Into<String>) -> Self {
        Self {
            method: "POST".to_owned(),
            body: body.into(),
            ..Self::get()
        }
    }

    /// As [`get`](Self::get), resuming from a place.
    pub(super) fn after(place: impl Into<String>) -> Self {
        Self::get().resuming(place)
    }

    pub(super) fn resuming(mut self, place: impl Into<String>) -> Self {
        self.last_event_id = Some(place.into());
        self
    }

    pub(super) fn of(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(super) fn to(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    pub(super) fn with(mut self, headers: &[(&str, &str)]) -> Self {
        let headers = headers.iter();
        self.headers
            .extend(headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }
}
