//! What went wrong, in the form in which HTTP services tell it.

use std::borrow::Cow;
use std::fmt;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::wire::{EncodeError, InvalidText};

/// An error as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details: a status with a
/// title and a detail that a client can show.
///
/// Returned before the stream is open it is a response of that status with
/// `application/problem+json`; afterwards it becomes the in-band error event. A client reads it from
/// either.
///
/// ```
/// use http::StatusCode;
/// use sse_runtime::Problem;
///
/// let problem = Problem::new(StatusCode::NOT_FOUND)
///     .detail("there is no topic `lunch`")
///     .extension("topic", "lunch");
/// assert_eq!(problem.to_string(), "404 Not Found: there is no topic `lunch`");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    status: StatusCode,
    title: Cow<'static, str>,
    detail: Option<Cow<'static, str>>,
    extensions: Map<String, Value>,
}

impl Problem {
    /// A problem with this status, and its reason phrase as the title.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            title: Cow::Borrowed(title_of(status)),
            detail: None,
            extensions: Map::new(),
        }
    }

    /// Replaces the title: a summary of the kind of problem.
    #[must_use]
    pub fn title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = title.into();
        self
    }

    /// Adds what went wrong this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a member of your own (RFC 9457 §3.2), among them `type` and `instance`.
    ///
    /// A value that does not serialise becomes `null`.
    #[must_use]
    pub fn extension(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.extensions.insert(
            name.into(),
            serde_json::to_value(value).unwrap_or(Value::Null),
        );
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    #[cfg(feature = "server")]
    pub(crate) fn to_json(&self) -> Value {
        let mut members = self.extensions.clone();
        members.insert("status".to_owned(), self.status.as_u16().into());
        members.insert("title".to_owned(), self.title.as_ref().into());
        if let Some(detail) = &self.detail {
            members.insert("detail".to_owned(), detail.as_ref().into());
        }
        Value::Object(members)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.title)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

impl From<StatusCode> for Problem {
    fn from(status: StatusCode) -> Self {
        Self::new(status)
    }
}

impl From<EncodeError> for Problem {
    fn from(error: EncodeError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR).detail(with_source(&error))
    }
}

/// Text of the service's own that cannot be an id or a name.
impl From<InvalidText> for Problem {
    fn from(error: InvalidText) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR).detail(error.to_string())
    }
}

pub(crate) fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// What a problem of this status is called unless it says otherwise.
pub(crate) fn title_of(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("unknown status")
}
