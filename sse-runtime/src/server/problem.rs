//! A problem as a response, and the errors of a server as problems.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::SendError;
#[cfg(feature = "hub")]
use crate::hub::{InvalidMember, PublishError, SubscribeError};
#[cfg(feature = "hub")]
use crate::log::{AppendError, InvalidRecord};
use crate::problem::{Problem, with_source};

impl Problem {
    pub(super) fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST).detail(detail)
    }
}

/// The response carries the problem in its extensions too, so that a layer can tell it in a form of
/// its own:
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
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.to_json().to_string();
        let content_type = HeaderValue::from_static("application/problem+json");
        let mut response =
            (self.status(), [(header::CONTENT_TYPE, content_type)], body).into_response();
        // For a layer that tells problems in a form of its own.
        response.extensions_mut().insert(self);
        response
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
        let mut problem = Self::new(status_of_subscribing(&error)).detail(error.to_string());
        problem.is_passing = matches!(error, SubscribeError::Read(_));
        problem
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
            // Keys and positions come with a request, too.
            PublishError::Channel(_) | PublishError::Key(_) | PublishError::Position(_) => {
                StatusCode::BAD_REQUEST
            }
            PublishError::Append(AppendError::Ended { .. } | AppendError::Moved { .. }) => {
                StatusCode::CONFLICT
            }
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
impl From<InvalidMember> for Problem {
    fn from(error: InvalidMember) -> Self {
        Self::bad_request(error.to_string())
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
