use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::{error, fmt};

use super::live::Live;
use super::outbox::Place;
use super::{Context, EndReason};
use crate::describe::Endpoint;
#[cfg(feature = "hub")]
use crate::hub::{SubscribeError, Subscription};
#[cfg(feature = "hub")]
use crate::log::EventLog;
use crate::wire::{EncodeError, EventId};

/// The sending half of one stream: what a service method is given as `impl <Method>ServerStream<T>`.
///
/// Clones send on the same stream, from any task. The trait can be implemented for a test double,
/// once for all endpoints.
///
/// The response is driven by the connection itself: while a client does not read, sends wait, and
/// the service's future may not be polled. Hold no lock and no pool connection across
/// `send().await`; spawn what must go on with a clone of the stream and wait for it before
/// returning, as the stream ends when the method returns.
pub trait ServerStream<T: Send + 'static>: Clone + Send + Sync + 'static {
    /// Waits until there is room (less than 16 KiB waiting, under
    /// `serve` less than 6), then enqueues one event, whole. Sends
    /// of several tasks go in the order in which they began to wait.
    ///
    /// Cancel-safe: a send that did not return `Ok` has sent nothing.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the stream has ended, [`SendError::Encode`] when the event cannot
    /// be written; the stream stays usable after that.
    fn send(&self, event: T) -> impl Future<Output = Result<(), SendError>> + Send;

    /// Ends the stream for good: clients do not come back. What was sent before still goes out.
    ///
    /// Code after `close().await` runs up to its first wait and no further.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the stream had ended for another reason.
    fn close(&self) -> impl Future<Output = Result<(), SendError>> + Send;

    /// As [`send`](Self::send), and gives up when `context` is cancelled or its deadline passes.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), [`SendError::Cancelled`], [`SendError::DeadlineElapsed`].
    fn send_with_context(
        &self,
        context: &Context,
        event: T,
    ) -> impl Future<Output = Result<(), SendError>> + Send {
        async move {
            tokio::select! {
                biased;
                error = context.gave_up() => Err(error),
                sent = self.send(event) => sent,
            }
        }
    }

    /// Sends what a [hub](crate::hub) delivers: what the client has missed, then what is published, as
    /// it is published. Opens the stream at once.
    ///
    /// Returns when all channels of the subscription have ended for good; a service that returns then
    /// ends its stream for good, too. Else it goes on for as long as the stream.
    ///
    /// To follow several channels subscribe to all of them: of two subscriptions that are forwarded at
    /// once a client could not resume both.
    ///
    /// Each event is encoded once for all who get it, so the subscription must be to a hub of this
    /// endpoint, or of one whose attribute maps the same fields: others do not compile.
    ///
    /// ```compile_fail
    /// # use sse_runtime::{Problem, hub::Hub, server_sent_events};
    /// #[server_sent_events]
    /// trait Rooms {
    ///     #[sse(event_name = "said")]
    ///     async fn room(&self, stream: impl RoomServerStream<String>) -> Result<(), Problem>;
    ///     #[sse(event_name = "heard")]
    ///     async fn firehose(&self, stream: impl FirehoseServerStream<String>) -> Result<(), Problem>;
    /// }
    ///
    /// struct Service(Hub<RoomsRoom>);
    /// impl Rooms for Service {
    ///     async fn room(&self, stream: impl RoomServerStream<String>) -> Result<(), Problem> {
    ///         Ok(stream.forward(self.0.subscribe("room").await?).await?)
    ///     }
    ///     async fn firehose(&self, stream: impl FirehoseServerStream<String>) -> Result<(), Problem> {
    ///         // An event of `room` is named `said`.
    ///         Ok(stream.forward(self.0.subscribe("room").await?).await?)
    ///     }
    /// }
    ///
    /// let hub = Hub::new(sse_runtime::log::MemoryLog::default(), RoomsRoom);
    /// let app: axum::Router = RoomsServer::new(Service(hub)).into_router();
    /// ```
    ///
    /// By default, as for a test double that has no use for what others publish, the events are taken
    /// and dropped.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the stream has ended, [`SendError::Subscription`] when the log cannot
    /// be read, or the subscription was asked to answer missed events with a status.
    #[cfg(feature = "hub")]
    fn forward<E, L>(
        &self,
        events: Subscription<E, L>,
    ) -> impl Future<Output = Result<(), SendError>> + Send
    where
        E: Endpoint<T>,
        L: EventLog,
    {
        async move {
            let mut events = events;
            while events.next().await?.is_some() {}
            Ok(())
        }
    }

    /// Moves the client's resume point to `id` without an event, for events that it need not see.
    ///
    /// It is written with the next events that have no id, with the next heartbeat or at the end of
    /// the stream, unless an event with an id of its own comes first.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the stream has ended.
    fn checkpoint(&self, id: EventId) -> Result<(), SendError> {
        let _ = id;
        Ok(())
    }
}

/// Why an event was not sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// The stream has ended.
    Closed {
        /// Why it has.
        reason: EndReason,
    },
    /// The event cannot be written. The stream stays usable.
    Encode(EncodeError),
    /// The context given to [`ServerStream::send_with_context`] was cancelled first.
    Cancelled,
    /// The deadline of the context given to [`ServerStream::send_with_context`] passed first.
    DeadlineElapsed,
    /// What was to be [forwarded](ServerStream::forward) cannot be read, or is not to be told.
    #[cfg(feature = "hub")]
    Subscription(SubscribeError),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { reason } => write!(f, "the stream has ended: {reason}"),
            Self::Encode(error) => error.fmt(f),
            Self::Cancelled => f.write_str("the event was not sent: its context was cancelled"),
            Self::DeadlineElapsed => {
                f.write_str("the event was not sent: the deadline of its context has passed")
            }
            #[cfg(feature = "hub")]
            Self::Subscription(error) => error.fmt(f),
        }
    }
}

impl error::Error for SendError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Encode(error) => error.source(),
            #[cfg(feature = "hub")]
            Self::Subscription(error) => error.source(),
            _ => None,
        }
    }
}

impl From<EncodeError> for SendError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

#[cfg(feature = "hub")]
impl From<SubscribeError> for SendError {
    fn from(error: SubscribeError) -> Self {
        Self::Subscription(error)
    }
}

/// The stream of one request, as a service gets it from a running server.
pub struct LiveStream<E, T> {
    live: Arc<Live>,
    // `fn` so that neither parameter decides whether the stream is `Send` or `Sync`.
    endpoint: PhantomData<fn(T) -> E>,
}

impl<E, T> LiveStream<E, T> {
    pub(super) fn new(live: Arc<Live>) -> Self {
        Self {
            live,
            endpoint: PhantomData,
        }
    }

    pub(super) fn live(&self) -> &Live {
        &self.live
    }
}

impl<E, T> Clone for LiveStream<E, T> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.live))
    }
}

impl<E, T> fmt::Debug for LiveStream<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveStream")
            .field("live", &self.live)
            .finish()
    }
}

impl<E: Endpoint<T>, T: Send + 'static> ServerStream<T> for LiveStream<E, T> {
    fn send(&self, event: T) -> impl Future<Output = Result<(), SendError>> + Send {
        Sending {
            place: self.live.outbox.place(),
            event,
            endpoint: self.endpoint,
        }
    }

    async fn close(&self) -> Result<(), SendError> {
        match self.live.end(EndReason::Closed) {
            EndReason::Closed => Ok(()),
            reason => Err(SendError::Closed { reason }),
        }
    }

    #[cfg(feature = "hub")]
    async fn forward<F, L>(&self, events: Subscription<F, L>) -> Result<(), SendError>
    where
        F: Endpoint<T>,
        L: EventLog,
    {
        const {
            assert!(
                E::DESCRIPTOR.writes_as(F::DESCRIPTOR),
                "events can be forwarded to endpoints that map the same fields of them"
            );
        }
        super::forward::forward(&self.live, events.into_reader()).await
    }

    fn checkpoint(&self, id: EventId) -> Result<(), SendError> {
        self.live.checkpoint(id)
    }
}

/// One event on its way into the outbox. Written out, as an `async` block would move the event twice
/// more.
struct Sending<'a, E, T> {
    place: Place<'a>,
    /// Owned: a borrow would ask for `T: Sync`.
    event: T,
    endpoint: PhantomData<fn(T) -> E>,
}

/// The event is never pinned.
impl<E, T> Unpin for Sending<'_, E, T> {}

impl<E: Endpoint<T>, T> Future for Sending<'_, E, T> {
    type Output = Result<(), SendError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let Self { place, event, .. } = self.get_mut();
        place.poll_send(cx, E::ends(event), |frame| E::encode(event, frame))
    }
}
