use axum::response::{IntoResponse, Response};

/// What a service method returns: `Result<(), E>` or `Result<Option<R>, E>`, with `E: IntoResponse`.
///
/// `Some(response)` before the first event answers the request with that response in place of a
/// stream. So that it is not cut off by an opening in the meantime, such a method is opened after a
/// delay only for clients that accept `text/event-stream`, unless `open_after` says otherwise.
#[diagnostic::on_unimplemented(
    message = "a streaming method cannot return `{Self}`",
    label = "not a result that a stream can end with",
    note = "return `Result<(), E>`, or `Result<Option<R>, E>` to answer some requests with a response `R` in place of \
            a stream; `E` and `R` implement `axum::response::IntoResponse`, as `sse_runtime::Problem` does"
)]
pub trait Outcome {
    /// Whether a request may be answered with something else than a stream.
    #[doc(hidden)]
    const MAY_ANSWER: bool = false;

    #[doc(hidden)]
    fn into_finish(self) -> Finish;
}

/// How a service has come to its end.
#[derive(Debug)]
#[doc(hidden)]
pub enum Finish {
    Done,
    Answer(Response),
    Failed(Response),
    Panicked,
}

impl<E: IntoResponse> Outcome for Result<(), E> {
    fn into_finish(self) -> Finish {
        match self {
            Ok(()) => Finish::Done,
            Err(error) => Finish::Failed(error.into_response()),
        }
    }
}

impl<R: IntoResponse, E: IntoResponse> Outcome for Result<Option<R>, E> {
    const MAY_ANSWER: bool = true;

    fn into_finish(self) -> Finish {
        match self {
            Ok(None) => Finish::Done,
            Ok(Some(response)) => Finish::Answer(response.into_response()),
            Err(error) => Finish::Failed(error.into_response()),
        }
    }
}
