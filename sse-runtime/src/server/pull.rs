use std::future::poll_fn;
use std::pin::pin;

use axum::response::{IntoResponse, Response};
use futures_core::Stream;

use super::{LiveStream, SendError, ServerStream};
use crate::describe::Endpoint;

/// Why a stream that a service returned has not come to its end.
#[derive(Debug)]
pub enum PullError<E> {
    /// It yielded this, or there was this instead of it.
    Service(E),
    /// One of its events was not sent.
    Send(SendError),
}

impl<E: IntoResponse> IntoResponse for PullError<E> {
    fn into_response(self) -> Response {
        match self {
            Self::Service(error) => error.into_response(),
            Self::Send(error) => error.into_response(),
        }
    }
}

/// Sends what a service's `Stream` yields. The response is opened at once.
pub async fn pull<E, T, St, Er>(
    stream: LiveStream<E, T>,
    result: Result<St, Er>,
) -> Result<(), PullError<Er>>
where
    E: Endpoint<T>,
    T: Send + 'static,
    St: Stream<Item = Result<T, Er>> + Send,
{
    let events = result.map_err(PullError::Service)?;
    stream.live().open();
    let mut events = pin!(events);
    while let Some(event) = poll_fn(|cx| events.as_mut().poll_next(cx)).await {
        let event = event.map_err(PullError::Service)?;
        stream.send(event).await.map_err(PullError::Send)?;
    }
    Ok(())
}
