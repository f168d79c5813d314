use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream;

use super::outcome::Pulled;
use super::{LiveStream, SendError, ServerStream};
use crate::describe::Endpoint;

/// Sends what a service's `Stream` yields. The response is opened at once.
pub async fn pull<E, T, St, Er>(stream: LiveStream<E, T>, result: Result<St, Er>) -> Pulled<Er>
where
    E: Endpoint<T>,
    T: Send + 'static,
    St: Stream<Item = Result<T, Er>> + Send,
{
    let events = match result {
        Ok(events) => events,
        Err(error) => return Pulled::Failed(error),
    };
    stream.live().open();
    let mut events = pin!(events);
    while let Some(event) = poll_fn(|cx| events.as_mut().poll_next(cx)).await {
        let event = match event {
            Ok(event) => event,
            Err(error) => return Pulled::Failed(error),
        };
        match stream.send(event).await {
            Ok(()) => {}
            Err(SendError::Encode(error)) => return Pulled::Encode(error),
            Err(_) => return Pulled::Ended,
        }
    }
    Pulled::Ended
}
