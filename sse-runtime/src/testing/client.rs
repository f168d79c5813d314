use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Uri, header};
use serde::Serialize;
use tower_service::Service;

use super::Request;
use crate::describe::{Described, Verb};
use crate::request;

/// Sends requests to an app without a socket between them.
///
/// A request is a call of the app, and its stream is run by whoever reads it: a service goes on
/// while a test waits for an event, and stands still while it does not, as it may for a client that
/// does not read.
///
/// ```
/// use axum::{Router, routing::get};
/// use sse_runtime::testing::Client;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let client = Client::new(Router::new().route("/health", get(|| async { "fine" })));
/// assert_eq!(client.get("/health").await.text().await, "fine");
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    app: Arc<dyn App>,
    base: String,
    patience: Option<Duration>,
}

impl Client {
    /// A client of `app`: an [`axum::Router`], or any other service of HTTP requests.
    pub fn new<S, B>(app: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self {
            app: Arc::new(app),
            base: String::new(),
            patience: None,
        }
    }

    /// Sets where the app has nested the endpoints that are [opened](Self::open), such as `/api`.
    #[must_use]
    pub fn base(self, path: impl Into<String>) -> Self {
        Self {
            base: path.into(),
            ..self
        }
    }

    /// Sets how long a test waits for what it expects. By default that is five seconds, and an hour
    /// where tokio's clock is paused, as that passes at once.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self {
            patience: Some(patience),
            ..self
        }
    }

    /// A GET request for an event stream.
    ///
    /// # Panics
    /// When `uri` is not one.
    #[track_caller]
    pub fn get(&self, uri: &str) -> Request {
        self.request(event_stream(Method::GET, uri))
    }

    /// A POST request for an event stream.
    ///
    /// # Panics
    /// When `uri` is not one.
    #[track_caller]
    pub fn post(&self, uri: &str) -> Request {
        self.request(event_stream(Method::POST, uri))
    }

    /// The request that an endpoint reads `payload` from. Without a payload that is
    /// [`&NoPayload {}`](crate::describe::NoPayload).
    ///
    /// ```
    /// # use sse_runtime::{Problem, server_sent_events, testing::Client};
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Wanted {
    ///     topic: String,      // from the path
    ///     seen: Option<u64>,  // from the Last-Event-ID header
    /// }
    ///
    /// #[server_sent_events(last_event_id = seen)]
    /// trait News {
    ///     #[sse(get = "/topics/{topic}/news")]
    ///     async fn news(
    ///         &self,
    ///         payload: Wanted,
    ///         stream: impl NewsServerStream<String>,
    ///     ) -> Result<(), Problem>;
    /// }
    /// # struct Service;
    /// # impl News for Service {
    /// #     async fn news(
    /// #         &self,
    /// #         payload: Wanted,
    /// #         stream: impl NewsServerStream<String>,
    /// #     ) -> Result<(), Problem> {
    /// #         Ok(stream.send(format!("{} after {:?}", payload.topic, payload.seen)).await?)
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let client = Client::new(NewsServer::new(Service).into_router());
    /// let wanted = Wanted { topic: "disk".to_owned(), seen: Some(6) };
    /// let mut stream = client.open(NewsNews, &wanted).await;
    /// # assert_eq!(stream.event().await.data(), "disk after Some(6)");
    /// # }
    /// ```
    ///
    /// # Panics
    /// When the payload has a value that cannot be where it belongs.
    #[track_caller]
    pub fn open<E: Described, P: Serialize + ?Sized>(&self, _endpoint: E, payload: &P) -> Request {
        let of_payload = match request::of(E::DESCRIPTOR, payload) {
            Ok(of_payload) => of_payload,
            Err(error) => panic!("{error}"),
        };
        let method = match of_payload.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        };
        let uri = format!("{}{}", self.base, of_payload.path_and_query);
        let mut request = event_stream(method, &uri);
        // A list is a header for each of its values.
        for (name, value) in of_payload.headers {
            request.headers_mut().append(name, value);
        }
        *request.body_mut() = of_payload.body.unwrap_or_default().into();
        let id = of_payload.last_event_id.unwrap_or_default();
        self.request(request).last_event_id(id)
    }

    /// Any other request, sent as it is.
    #[track_caller]
    pub fn request(&self, request: http::Request<impl Into<Bytes>>) -> Request {
        Request::new(self.clone(), request.map(Into::into), Location::caller())
    }

    pub(super) fn send(&self, request: http::Request<Body>) -> Answering {
        self.app.answer(request)
    }

    pub(super) fn patience_is(&self) -> Option<Duration> {
        self.patience
    }
}

/// A request as a browser's EventSource makes it.
#[track_caller]
fn event_stream(method: Method, uri: &str) -> http::Request<Bytes> {
    let uri: Uri = match uri.parse() {
        Ok(uri) => uri,
        Err(error) => panic!("`{uri}` is no URI: {error}"),
    };
    let mut request = http::Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    let accept = HeaderValue::from_static("text/event-stream");
    request.headers_mut().insert(header::ACCEPT, accept);
    request
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<http::Response<Body>, BoxError>> + Send>>;

/// Any app, without its type.
trait App: Send + Sync {
    fn answer(&self, request: http::Request<Body>) -> Answering;
}

impl<S, B> App for S
where
    S: Service<http::Request<Body>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn answer(&self, request: http::Request<Body>) -> Answering {
        let mut app = self.clone();
        Box::pin(async move {
            poll_fn(|cx| app.poll_ready(cx)).await.map_err(Into::into)?;
            let response = app.call(request).await.map_err(Into::into)?;
            Ok(response.map(Body::new))
        })
    }
}
