use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout, timeout_at};

use super::event::{End, Event, Item};
use super::reading::Reading;
use super::{Request, Transcript, patience, told};
use crate::Problem;

/// The response to a [`Request`]: its head, and its body as it comes.
///
/// To drop it is to disconnect. Whatever waits is cancel-safe: what a future that is dropped has
/// read is given to the next.
pub struct Response {
    request: Request,
    head: http::response::Parts,
    reading: Reading,
}

/// The head.
impl Response {
    pub(super) fn new(request: Request, response: http::Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let mut reading = Reading::new(body, request.position().clone());
        // "HTTP 204 No Content response code": "a client can be told to stop reconnecting" (§9.2.1).
        if head.status == StatusCode::NO_CONTENT {
            reading.ends_for_good();
        }
        Self {
            request,
            head,
            reading,
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Whether a client reads it as a stream: "the response's header list's `Content-Type` is
    /// `text/event-stream`" (§9.2.3). 204 is one that has ended.
    fn is_stream(&self) -> bool {
        match self.status() {
            StatusCode::NO_CONTENT => true,
            StatusCode::OK => self
                .essence()
                .is_some_and(|it| it.eq_ignore_ascii_case("text/event-stream")),
            _ => false,
        }
    }

    /// The content type without its parameters.
    fn essence(&self) -> Option<&str> {
        let content_type = self.head.headers.get(header::CONTENT_TYPE)?;
        let essence = content_type.to_str().ok()?.split(';').next()?;
        Some(essence.trim())
    }
}

/// The stream.
impl Response {
    /// The next event. Heartbeats, advice and blocks without data before it are passed over.
    ///
    /// # Panics
    /// When the stream ends instead, when there is none, when nothing comes.
    #[track_caller]
    pub fn event(&mut self) -> impl Future<Output = Event> + Send + '_ {
        let caller = Location::caller();
        async move {
            match self.next("an event", caller, EVENT_OR_END).await {
                Item::Event(event) => event,
                other => self.fail("an event", caller, format_args!("{}", Told(&other))),
            }
        }
    }

    /// Whatever the stream says next. At its end that is [`Item::End`], however often it is asked.
    ///
    /// # Panics
    /// When there is no stream, when nothing comes.
    #[track_caller]
    pub fn item(&mut self) -> impl Future<Output = Item> + Send + '_ {
        let caller = Location::caller();
        async move { self.next("anything", caller, ANYTHING).await }
    }

    /// The end. What comes before it and is no event is passed over.
    ///
    /// # Panics
    /// When an event comes instead, when there is no stream, when it does not end.
    #[track_caller]
    pub fn end(&mut self) -> impl Future<Output = End> + Send + '_ {
        let caller = Location::caller();
        async move {
            match self.next("the end", caller, EVENT_OR_END).await {
                Item::End(end) => end,
                other => self.fail("the end", caller, format_args!("{}", Told(&other))),
            }
        }
    }

    /// All events up to the end of the stream, which [`end`](Self::end) then tells.
    ///
    /// # Panics
    /// When there is no stream, when it does not end.
    #[track_caller]
    pub fn rest(&mut self) -> impl Future<Output = Vec<Event>> + Send + '_ {
        let caller = Location::caller();
        async move {
            match self.events_until(self.until(), "the end", caller).await {
                (events, true) => events,
                (_, false) => self.give_up("the end", caller),
            }
        }
    }

    /// The events that come within a time. That there are none is an assertion, too:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use sse_runtime::{Context, Problem, server_sent_events, testing::Client};
    /// # #[server_sent_events]
    /// # trait Silent {
    /// #     #[sse(get = "/")]
    /// #     async fn silence(&self, ctx: Context, stream: impl SilenceServerStream<u8>)
    /// #         -> Result<(), Problem>;
    /// # }
    /// # struct Service;
    /// # impl Silent for Service {
    /// #     async fn silence(&self, ctx: Context, _: impl SilenceServerStream<u8>)
    /// #         -> Result<(), Problem>
    /// #     {
    /// #         ctx.open();
    /// #         std::future::pending().await
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() {
    /// # let mut stream = Client::new(SilentServer::new(Service).into_router()).get("/").await;
    /// assert_eq!(stream.events_within(Duration::from_secs(60)).await, []);
    /// # }
    /// ```
    ///
    /// Where the clock is paused, a millisecond is enough to know that nothing comes unless time
    /// passes. It is over earlier where the stream ends.
    ///
    /// # Panics
    /// When there is no stream.
    #[track_caller]
    pub fn events_within(
        &mut self,
        time: Duration,
    ) -> impl Future<Output = Vec<Event>> + Send + '_ {
        let caller = Location::caller();
        async move {
            let until = Instant::now() + time;
            let (events, _) = self.events_until(until, "a stream", caller).await;
            events
        }
    }

    /// Loses the connection once so many bytes of the body have been received in all, wherever in a
    /// block, a line or a character that is; at once where they have been. What has come until then is
    /// still to be taken, then [`End::Cut`].
    pub fn cut_at(&mut self, byte: usize) {
        self.reading.cut_at(byte);
    }

    /// Comes back as a client does: disconnects, and sends the request again with the id of the last
    /// event that the test has taken. What was received and not taken is as if it had been lost.
    ///
    /// It does so at once. A client waits for [`reconnection_time`](Self::reconnection_time) first.
    #[track_caller]
    pub fn reconnect(self) -> Request {
        self.request.again(self.reading.position)
    }

    /// The id from which a client would resume now; empty where it has none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.reading.position.last_event_id
    }

    /// How long a client has been advised to wait before it comes back, here or on a connection
    /// before.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reading.position.reconnection_time
    }
}

/// The body.
impl Response {
    /// All of the body up to its end, as text.
    ///
    /// # Panics
    /// When it does not end.
    #[track_caller]
    pub fn text(&mut self) -> impl Future<Output = String> + Send + '_ {
        let caller = Location::caller();
        self.all(caller)
    }

    /// The body as a value of JSON: of a response that is no stream.
    ///
    /// # Panics
    /// When it is not JSON, does not fit the type or does not end.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&mut self) -> impl Future<Output = T> + Send + '_ {
        let caller = Location::caller();
        async move {
            let text = self.all(caller).await;
            match serde_json::from_str(&text) {
                Ok(value) => value,
                Err(error) => {
                    let wanted = format!("`{}` as JSON", std::any::type_name::<T>());
                    self.fail(&wanted, caller, error)
                }
            }
        }
    }

    /// The problem that the body tells: of a response that is a refusal.
    ///
    /// ```
    /// # use axum::{Router, http::StatusCode, routing::get};
    /// # use sse_runtime::{Problem, testing::Client};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let refuse = || async { Problem::new(StatusCode::NOT_FOUND).detail("there is no topic `lunch`") };
    /// # let client = Client::new(Router::new().route("/topics/lunch", get(refuse)));
    /// let problem = client.get("/topics/lunch").await.problem().await;
    /// assert_eq!(problem.to_string(), "404 Not Found: there is no topic `lunch`");
    /// # }
    /// ```
    ///
    /// # Panics
    /// When its content type is not `application/problem+json`, it is not JSON, or does not end.
    #[track_caller]
    pub fn problem(&mut self) -> impl Future<Output = Problem> + Send + '_ {
        let caller = Location::caller();
        async move {
            if self.is_stream() {
                self.fail("a problem", caller, "the response is an event stream");
            }
            let text = self.all(caller).await;
            let is_problem = self.essence() == Some("application/problem+json");
            match Problem::read(Some(self.status()), text.as_bytes()).filter(|_| is_problem) {
                Some(problem) => problem,
                None => self.fail("a problem", caller, "the response is none"),
            }
        }
    }

    /// What was received of the body by now, be it taken or not.
    #[must_use]
    pub fn transcript(&self) -> Transcript {
        Transcript::of(self.reading.received())
    }
}

/// Which items are not passed over.
type Wanted = fn(&Item) -> bool;

const ANYTHING: Wanted = |_| true;
const EVENT_OR_END: Wanted = |item| matches!(item, Item::Event(_) | Item::End(_));

impl Response {
    /// When a wait that begins now is over.
    fn until(&self) -> Instant {
        Instant::now() + patience::of(self.request.client())
    }

    async fn all(&mut self, caller: &Location<'_>) -> String {
        let until = self.until();
        let all = poll_fn(|cx| self.reading.poll_all(cx));
        match timeout_at(until, all).await {
            Ok(Ok(())) => self.transcript().to_string(),
            Ok(Err(stop)) => self.fail("the end", caller, stop),
            Err(_) => self.give_up("the end", caller),
        }
    }

    async fn next(&mut self, wanted: &str, caller: &Location<'_>, passes: Wanted) -> Item {
        let until = self.until();
        match self.next_until(until, wanted, caller, passes).await {
            Some(item) => item,
            None => self.give_up(wanted, caller),
        }
    }

    /// The next item that is wanted; `None` where it is late.
    async fn next_until(
        &mut self,
        until: Instant,
        wanted: &str,
        caller: &Location<'_>,
        passes: Wanted,
    ) -> Option<Item> {
        self.expect_stream(wanted, caller).await;
        let item = poll_fn(|cx| {
            loop {
                match self.reading.poll_item(cx) {
                    Poll::Ready(Ok(item)) if !passes(&item) => {}
                    other => return other,
                }
            }
        });
        match timeout_at(until, item).await {
            Ok(Ok(item)) => Some(item),
            Ok(Err(stop)) => self.fail(wanted, caller, stop),
            Err(_) => None,
        }
    }

    /// All events until then, or up to the end, and whether that was it. None is taken before all
    /// have come, as whoever asks may give up.
    async fn events_until(
        &mut self,
        until: Instant,
        wanted: &str,
        caller: &Location<'_>,
    ) -> (Vec<Event>, bool) {
        self.expect_stream(wanted, caller).await;
        let all = poll_fn(|cx| self.reading.poll_all(cx));
        let has_ended = match timeout_at(until, all).await {
            Ok(Ok(())) => true,
            Ok(Err(stop)) => self.fail(wanted, caller, stop),
            Err(_) => false,
        };
        let mut events = Vec::new();
        while let Some(item) = self.reading.take() {
            match item {
                Ok(Item::Event(event)) => events.push(event),
                Ok(_) => {}
                Err(stop) => self.fail(wanted, caller, stop),
            }
        }
        (events, has_ended)
    }

    async fn expect_stream(&mut self, wanted: &str, caller: &Location<'_>) {
        if self.is_stream() {
            return;
        }
        // So that what it is instead can be told, where it is there.
        let body = poll_fn(|cx| self.reading.poll_all(cx));
        let _ = timeout(Duration::from_millis(1), body).await;
        self.fail(wanted, caller, "the response is no event stream");
    }

    fn give_up(&self, wanted: &str, caller: &Location<'_>) -> ! {
        let patience = patience::of(self.request.client());
        self.fail(
            wanted,
            caller,
            format_args!("it did not come within {patience:?}, and the response goes on"),
        )
    }

    fn fail(&self, wanted: &str, caller: &Location<'_>, instead: impl fmt::Display) -> ! {
        panic!("expected {wanted} at {caller}: {instead}\n\n{self}")
    }
}

/// As the request, the head, and the last lines of what was received.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}< {}", self.request, self.head.status)?;
        told::headers(f, '<', &self.head.headers)?;
        writeln!(f)?;
        told::stream(f, self.transcript().as_ref())?;
        match self.reading.error() {
            Some(error) => writeln!(f, "(cut by the server: {error})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.head.status)
            .field("reading", &self.reading)
            .finish_non_exhaustive()
    }
}

/// What came instead.
struct Told<'a>(&'a Item);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Item::Event(event) => write!(f, "an event came\n\n{event}"),
            Item::End(End::ForGood) => f.write_str("the stream has ended, for good"),
            Item::End(End::ForNow) => f.write_str("the stream has ended"),
            Item::End(End::Cut) => f.write_str("the connection was cut"),
            other => write!(f, "{other:?} came"),
        }
    }
}
