use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;

use super::event::Position;
use super::{Client, Response, patience, told};

/// A request that is about to be sent: `await` it for its [`Response`].
///
/// ```
/// # use axum::{Router, routing::post};
/// # use sse_runtime::testing::Client;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let client = Client::new(Router::new().route("/echo", post(|body: String| async { body })));
/// let request = client.post("/echo").header("x-request-id", "42");
/// let response = request.json(&["soup"]).await;
/// assert_eq!(response.status(), 200);
/// # assert_eq!({ response }.text().await, r#"["soup"]"#);
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent when it is awaited"]
pub struct Request {
    client: Client,
    request: http::Request<Bytes>,
    position: Position,
    caller: &'static Location<'static>,
}

/// The `Last-Event-ID` header
/// ([WHATWG HTML §9.2.4](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header)).
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl Request {
    pub(super) fn new(
        client: Client,
        request: http::Request<Bytes>,
        caller: &'static Location<'static>,
    ) -> Self {
        Self {
            client,
            request,
            position: Position::default(),
            caller,
        }
    }

    /// Sets a header, in place of one of the same name.
    ///
    /// # Panics
    /// When the name or the value is none that a header can have.
    #[track_caller]
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Error>,
        V: TryInto<HeaderValue, Error: Error>,
    {
        let name = match name.try_into() {
            Ok(name) => name,
            Err(error) => panic!("a header cannot have this name: {error}"),
        };
        match value.try_into() {
            Ok(value) => self.request.headers_mut().insert(name, value),
            Err(error) => panic!("the header `{name}` cannot have this value: {error}"),
        };
        self
    }

    /// Says that the client has seen the event with this id, and what came before it. An empty id is
    /// none.
    ///
    /// # Panics
    /// When it is none that a header can carry.
    #[track_caller]
    pub fn last_event_id(mut self, id: impl AsRef<str>) -> Self {
        let id = id.as_ref();
        id.clone_into(&mut self.position.last_event_id);
        if id.is_empty() {
            self.request.headers_mut().remove(LAST_EVENT_ID);
            return self;
        }
        // As clients send it: "encoded as UTF-8".
        self.header(LAST_EVENT_ID, id.as_bytes())
    }

    /// Sets the body to `value` as JSON, with its content type.
    ///
    /// # Panics
    /// When it has no JSON form.
    #[track_caller]
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self
                .header(header::CONTENT_TYPE, "application/json")
                .body(body),
            Err(error) => panic!("the body has no JSON form: {error}"),
        }
    }

    /// Sets the body, without a content type.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// The same, at the place where a client is by now.
    #[track_caller]
    pub(super) fn again(mut self, position: Position) -> Self {
        self.caller = Location::caller();
        let last_event_id = position.last_event_id.clone();
        self.position = position;
        self.last_event_id(last_event_id)
    }

    pub(super) fn position(&self) -> &Position {
        &self.position
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    async fn send(self) -> Response {
        let request = self.request.clone().map(Body::from);
        let patience = patience::of(&self.client);
        match tokio::time::timeout(patience, self.client.send(request)).await {
            Ok(Ok(response)) => Response::new(self, response),
            Ok(Err(error)) => panic!(
                "no response at {}: the app failed: {error}\n\n{self}",
                self.caller
            ),
            Err(_) => panic!(
                "no response at {} within {patience:?}\n\n{self}",
                self.caller
            ),
        }
    }
}

impl IntoFuture for Request {
    type Output = Response;
    type IntoFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

    /// Sends it.
    ///
    /// # Panics
    /// When the app fails, or does not answer.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// As its head and its body.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "> {} {}", self.request.method(), self.request.uri())?;
        told::headers(f, '>', self.request.headers())?;
        told::body(f, '>', self.request.body())
    }
}
