use std::borrow::Cow;
use std::fmt;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

use super::SendError;
#[cfg(feature = "hub")]
use crate::hub::{PublishError, SubscribeError};
#[cfg(feature = "hub")]
use crate::log::{AppendError, InvalidRecord};
use crate::wire::{EncodeError, InvalidText};

/// An error as [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details: a status with a
/// title and a detail that a client can show.
///
/// Returned before the stream is open it is a response of that status with
/// `application/problem+json`; afterwards it becomes the in-band error event. The response carries
/// the problem in its extensions too, so that a layer can tell it in a form of its own:
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use sse_runtime::Problem;
///
/// async fn in_house_errors(response: Response) -> Response {
///     match response.extensions().get::<Problem>() {
///         Some(problem) => (problem.status(), format!("oh no: {problem}")).into_response(),
///         None => response,
///     }
/// }
/// # let app: axum::Router = axum::Router::new();
/// let app = app.layer(axum::middleware::map_response(in_house_errors));
/// # drop(app);
/// ```
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

    pub(super) fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST).detail(detail)
    }

    pub(super) fn to_json(&self) -> Value {
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

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.to_json().to_string();
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response =
            (self.status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        // For a layer that tells problems in a form of its own.
        response.extensions_mut().insert(self);
        response
    }
}

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

fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        #[cfg(feature = "hub")]
        if let SendError::Subscription(error) = error {
            return error.into();
        }
        let status = match &error {
            SendError::Closed { .. } => StatusCode::SERVICE_UNAVAILABLE,
            SendError::Encode(_) => StatusCode::INTERNAL_SERVER_ERROR,
            SendError::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
            SendError::DeadlineElapsed => StatusCode::GATEWAY_TIMEOUT,
            #[cfg(feature = "hub")]
            SendError::Subscription(error) => status_of_subscribing(error),
        };
        Self::new(status).detail(with_source(&error))
    }
}

impl IntoResponse for SendError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

#[cfg(feature = "hub")]
fn status_of_subscribing(error: &SubscribeError) -> StatusCode {
    match error {
        SubscribeError::Channel(_) | SubscribeError::Channels(_) => StatusCode::BAD_REQUEST,
        SubscribeError::NotFound { .. } => StatusCode::NOT_FOUND,
        SubscribeError::Gone(_) => StatusCode::GONE,
        SubscribeError::Read(_) => StatusCode::SERVICE_UNAVAILABLE,
        SubscribeError::NoWildcard | SubscribeError::Id(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(feature = "hub")]
impl From<SubscribeError> for Problem {
    fn from(error: SubscribeError) -> Self {
        tell_operator(&error);
        Self::new(status_of_subscribing(&error)).detail(error.to_string())
    }
}

/// What is wrong with a log may name hosts and users, and is for no client.
#[cfg(feature = "hub")]
fn tell_operator(error: &dyn std::error::Error) {
    if let Some(source) = error.source() {
        tracing::error!(error = source, "{error}");
    }
}

/// What it says is meant for whoever publishes, which may be a request.
#[cfg(feature = "hub")]
impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let status = match &error {
            PublishError::Channel(_) => StatusCode::BAD_REQUEST,
            PublishError::Append(AppendError::Ended { .. }) => StatusCode::CONFLICT,
            PublishError::Append(AppendError::TooLarge { .. })
            | PublishError::Event(InvalidRecord::TooLong { .. })
            | PublishError::BatchTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            // Names and ids that are given at run time come with a request.
            PublishError::NamedGap | PublishError::Event(_) => StatusCode::UNPROCESSABLE_ENTITY,
            PublishError::Append(_) | PublishError::Wildcard { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        tell_operator(&error);
        Self::new(status).detail(error.to_string())
    }
}

#[cfg(feature = "hub")]
impl IntoResponse for SubscribeError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

#[cfg(feature = "hub")]
impl IntoResponse for PublishError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// What a problem of this status is called unless it says otherwise.
pub(super) fn title_of(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("unknown status")
}

/// The beginning of a text that may be too long to be told.
pub(super) fn excerpt(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
