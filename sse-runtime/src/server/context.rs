use std::any::Any;
use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::live::Live;
use super::response::accepts_event_stream;
use super::{End, LastEventId, SendError};
use crate::problem::Problem;
use crate::wire::EventId;

/// The request that a stream answers, and the stream's life: an extractor for service methods.
///
/// It copies what it keeps, so that holding one does not keep the buffers of the request. Clones
/// are the same context.
///
/// ```
/// use std::time::Duration;
/// use sse_runtime::{Context, Problem, server_sent_events};
///
/// #[server_sent_events(event_name = "tick")]
/// trait Clock {
///     async fn ticks(&self, ctx: Context, stream: impl TicksServerStream<u64>) -> Result<(), Problem>;
/// }
///
/// struct Steady;
/// impl Clock for Steady {
///     async fn ticks(&self, ctx: Context, stream: impl TicksServerStream<u64>) -> Result<(), Problem> {
///         ctx.on_end(|end| println!("{} ticks, then {}", end.sent, end.reason));
///         for n in 0.. {
///             tokio::select! {
///                 _ = ctx.shutting_down() => return Ok(()),
///                 _ = tokio::time::sleep(Duration::from_secs(1)) => stream.send(n).await?,
///             }
///         }
///         Ok(())
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Context {
    live: Option<Arc<Live>>,
    facts: Arc<Facts>,
    cancelled: CancellationToken,
    also_cancelled_by: Vec<CancellationToken>,
    deadline: Option<Instant>,
}

#[derive(Debug)]
struct Facts {
    method: Method,
    path: String,
    query: Option<String>,
    last_event_id: Option<EventId>,
    accepts_event_stream: bool,
}

/// The request itself.
impl Context {
    /// A context without a request, for calling a service in a test. What would act on a stream
    /// does nothing.
    #[must_use]
    pub fn detached() -> Self {
        Self {
            live: None,
            facts: Arc::new(Facts {
                method: Method::GET,
                path: "/".to_owned(),
                query: None,
                last_event_id: None,
                accepts_event_stream: true,
            }),
            cancelled: CancellationToken::new(),
            also_cancelled_by: Vec::new(),
            deadline: None,
        }
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.facts.method
    }

    /// The path of the request, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.facts.path
    }

    /// The query of the request, without the `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.facts.query.as_deref()
    }

    /// The last event that the client has seen: the `Last-Event-ID` header, or `?last_event_id=`
    /// where there is none. An empty one is none
    /// ([WHATWG HTML §9.2.4](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header)).
    #[must_use]
    pub fn last_event_id(&self) -> Option<&EventId> {
        self.facts.last_event_id.as_ref()
    }

    /// Whether the request's `Accept` names `text/event-stream`. For methods that answer
    /// `Some(response)` to other clients; `*/*` and an absent header do not name it.
    #[must_use]
    pub fn accepts_event_stream(&self) -> bool {
        self.facts.accepts_event_stream
    }
}

/// Cancellation and deadlines.
impl Context {
    /// Waits until the stream is over for this service: the client has gone, or the stream has
    /// ended another way.
    pub async fn cancelled(&self) {
        let tokens = self.also_cancelled_by.iter().chain([&self.cancelled]);
        let mut cancelled: Vec<_> = tokens.map(|token| Box::pin(token.cancelled())).collect();
        poll_fn(|cx| {
            match cancelled
                .iter_mut()
                .any(|token| token.as_mut().poll(cx).is_ready())
            {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }

    /// Whether the stream is over for this service.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
            || self
                .also_cancelled_by
                .iter()
                .any(CancellationToken::is_cancelled)
    }

    /// A token that is cancelled when the stream is over, for work that takes one. Cancelling it
    /// does not end the stream.
    #[must_use]
    pub fn cancellation_token(&self) -> CancellationToken {
        self.cancelled.child_token()
    }

    /// Waits until the server is shutting down. A service that waits for this is given time to say
    /// goodbye: it should send what it must and return.
    pub async fn shutting_down(&self) {
        let Some(live) = &self.live else {
            return pending().await;
        };
        let Some(shutdown) = &live.shutdown else {
            return pending().await;
        };
        live.says_goodbye.store(true, Ordering::Relaxed);
        shutdown.token().cancelled().await;
    }

    /// When the stream, or what this context was made for, must be over.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let of_stream = self.live.as_ref().and_then(|live| live.deadline());
        [self.deadline, of_stream].into_iter().flatten().min()
    }

    /// Ends the stream at `deadline`, for example when the client's token expires: its client comes
    /// back, and is authenticated again. Of several deadlines the earliest holds.
    pub fn end_at(&self, deadline: Instant) {
        if let Some(live) = &self.live {
            live.set_deadline(deadline);
        }
    }

    /// This context with a deadline of its own, for
    /// [`send_with_context`](super::ServerStream::send_with_context). The stream is not ended by it.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let mut context = self.clone();
        // A time that the clock cannot hold is never reached.
        let deadline = Instant::now().checked_add(timeout);
        context.deadline = [self.deadline, deadline].into_iter().flatten().min();
        context
    }

    /// This context, cancelled also by `token`, for
    /// [`send_with_context`](super::ServerStream::send_with_context). The stream is not ended by it.
    #[must_use]
    pub fn with_cancellation(&self, token: &CancellationToken) -> Self {
        let mut context = self.clone();
        context.also_cancelled_by.push(token.clone());
        context
    }

    pub(super) async fn gave_up(&self) -> SendError {
        let late = async {
            match self.deadline() {
                Some(deadline) => sleep_until(deadline).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.cancelled() => SendError::Cancelled,
            () = late => SendError::DeadlineElapsed,
        }
    }
}

/// The stream.
impl Context {
    /// Opens the stream now: status 200 and the headers go out. An error after this is in-band.
    pub fn open(&self) {
        if let Some(live) = &self.live {
            live.open();
        }
    }

    /// Ends the stream for now, and asks the client to come back after this time (rounded down to
    /// whole milliseconds).
    pub fn reconnect(&self, after: Duration) {
        if let Some(live) = &self.live {
            live.reconnect(after);
        }
    }

    /// Sets a header of the response, in place of a default one of the same name. After the stream
    /// has been opened it has no effect.
    pub fn set_header(&self, name: HeaderName, value: HeaderValue) {
        if let Some(live) = &self.live {
            live.headers(|headers| {
                headers.insert(name, value);
            });
        }
    }

    /// Keeps a value until the stream has ended: a permit, a subscription, a task that is aborted
    /// on drop.
    pub fn hold<G: Any + Send>(&self, guard: G) {
        if let Some(live) = &self.live {
            live.hold(Box::new(guard));
        }
    }

    /// Calls `call` once the stream has ended, with the reason and counts; at once where it has
    /// already.
    pub fn on_end(&self, call: impl FnOnce(&End) + Send + 'static) {
        if let Some(live) = &self.live {
            live.on_end(Box::new(call));
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("facts", &self.facts)
            .field("deadline", &self.deadline())
            .field("is_cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// What a request carries for the [`Context`] of its stream.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) live: Arc<Live>,
    pub(super) last_event_id: LastEventId,
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let Some(handle) = parts.extensions.get::<Handle>() else {
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR).detail(
                "`sse_runtime::Context` belongs to methods of a `#[server_sent_events]` trait",
            ));
        };
        Ok(Self {
            live: Some(Arc::clone(&handle.live)),
            facts: Arc::new(Facts {
                method: parts.method.clone(),
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().map(str::to_owned),
                last_event_id: handle.last_event_id.get().cloned(),
                accepts_event_stream: accepts_event_stream(&parts.headers),
            }),
            cancelled: handle.live.cancelled.clone(),
            also_cancelled_by: Vec::new(),
            deadline: None,
        })
    }
}
