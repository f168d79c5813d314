//! What a request is answered with in place of a stream, as far as types tell.

use axum::Json;
use axum::response::{Html, Response};
use http::StatusCode;
use utoipa::ToSchema;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder, Responses, ResponsesBuilder, Schema};

use super::facts::Shape;
use super::types::PROBLEM;
use crate::{Problem, SendError};

/// What a response says in a document: the error of a method, and what it may answer in place of a
/// stream.
///
/// It is there for [`Problem`], [`StatusCode`], [`Json`] and other types of axum's. A method whose
/// errors are of a type of your own gets a line in the document for each of its statuses by this:
///
/// ```
/// use http::StatusCode;
/// use sse_runtime::openapi::{Answer, problems};
/// use utoipa::openapi::Responses;
///
/// enum BoardError {
///     Unknown,
///     Closed,
/// }
/// # impl axum::response::IntoResponse for BoardError {
/// #     fn into_response(self) -> axum::response::Response { StatusCode::GONE.into_response() }
/// # }
///
/// impl Answer for BoardError {
///     fn responses() -> Responses {
///         problems([
///             (StatusCode::NOT_FOUND, "There is no such board."),
///             (StatusCode::GONE, "The board is closed."),
///         ])
///     }
/// }
/// ```
///
/// Where it derives utoipa's `IntoResponses` already, that says all:
/// `<Self as utoipa::IntoResponses>::responses().into_iter().collect()`.
#[diagnostic::on_unimplemented(
    message = "a document does not know what `{Self}` answers",
    label = "this is an error or an answer of a method",
    note = "write `impl sse_runtime::openapi::Answer for {Self}`, with its statuses; \
            `sse_runtime::openapi::problems` makes them of a list"
)]
pub trait Answer {
    /// The responses by status; `default` is that of all other statuses.
    fn responses() -> Responses;

    /// Adds the schemas that the responses refer to by their names.
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let _ = schemas;
    }
}

/// Problems ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) of these statuses, each with what
/// it means.
pub fn problems<'a>(statuses: impl IntoIterator<Item = (StatusCode, &'a str)>) -> Responses {
    let problems = statuses.into_iter();
    problems
        .map(|(status, about)| (status.as_str().to_owned(), problem(about)))
        .collect()
}

pub(super) fn problem(about: &str) -> ResponseBuilder {
    let schema = Ref::from_schema_name(PROBLEM);
    ResponseBuilder::new()
        .description(about)
        .content("application/problem+json", Content::new(Some(schema)))
}

/// The response to all other statuses.
fn otherwise(response: ResponseBuilder) -> Responses {
    ResponsesBuilder::new()
        .response("default", response)
        .build()
}

fn ok(content_type: &str, schema: RefOr<Schema>) -> Responses {
    let response = ResponseBuilder::new()
        .description("The answer of the service, in place of a stream.")
        .content(content_type, Content::new(Some(schema)));
    ResponsesBuilder::new().response("200", response).build()
}

impl Answer for Problem {
    fn responses() -> Responses {
        otherwise(problem("An error of the service."))
    }
}

macro_rules! as_problem {
    ($($ty:ty),*) => {$(
        impl Answer for $ty {
            fn responses() -> Responses {
                Problem::responses()
            }
        }
    )*};
}

as_problem!(SendError);
#[cfg(feature = "hub")]
as_problem!(crate::hub::PublishError, crate::hub::SubscribeError);

impl Answer for StatusCode {
    fn responses() -> Responses {
        otherwise(ResponseBuilder::new().description("An error of the service, without a body."))
    }
}

/// It may be anything, of which a document says nothing.
impl Answer for Response {
    fn responses() -> Responses {
        Responses::new()
    }
}

impl Answer for std::convert::Infallible {
    fn responses() -> Responses {
        Responses::new()
    }
}

impl<T: ToSchema> Answer for Json<T> {
    fn responses() -> Responses {
        ok(
            "application/json",
            Shape::of::<T>(&mut Vec::new()).reference,
        )
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Shape::of::<T>(schemas);
    }
}

impl Answer for String {
    fn responses() -> Responses {
        ok("text/plain", super::schema::text().into())
    }
}

impl<T> Answer for Html<T> {
    fn responses() -> Responses {
        ok("text/html", super::schema::text().into())
    }
}

/// A method whose result has no name outside of its trait: its errors are not known.
impl Answer for () {
    fn responses() -> Responses {
        otherwise(ResponseBuilder::new().description("An error of the service."))
    }
}

impl<E: Answer> Answer for Result<(), E> {
    fn responses() -> Responses {
        E::responses()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        E::schemas(schemas);
    }
}

impl<R: Answer, E: Answer> Answer for Result<Option<R>, E> {
    fn responses() -> Responses {
        let mut responses = R::responses();
        let errors = E::responses();
        responses.responses.extend(errors.responses);
        responses
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        R::schemas(schemas);
        E::schemas(schemas);
    }
}
