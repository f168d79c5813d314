//! Runs a router without sockets, and reads what it streams.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// A response whose body is read piece by piece.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Body,
}

impl Answer {
    /// The next bytes as they leave the server; `None` at the end.
    pub(crate) async fn chunk(&mut self) -> Option<String> {
        let frame = self.body.frame().await?.expect("the body is not cut");
        let data = frame.into_data().expect("a stream has no trailers");
        Some(String::from_utf8(data.to_vec()).expect("a stream is UTF-8"))
    }

    /// All that is still to come.
    pub(crate) async fn rest(mut self) -> String {
        let mut text = String::new();
        while let Some(chunk) = self.chunk().await {
            text.push_str(&chunk);
        }
        text
    }

    pub(crate) fn into_body(self) -> Body {
        self.body
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("a header is text"))
    }
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response: Response<Body> = app
        .clone()
        .oneshot(request)
        .await
        .unwrap_or_else(|never| match never {});
    let (head, body) = response.into_parts();
    Answer {
        status: head.status,
        headers: head.headers,
        body,
    }
}

pub(crate) async fn get(app: &Router, uri: &str) -> Answer {
    send(
        app,
        Request::get(uri)
            .body(Body::empty())
            .expect("a valid request"),
    )
    .await
}

/// As a browser's EventSource asks.
pub(crate) async fn subscribe(app: &Router, uri: &str) -> Answer {
    let request = Request::get(uri).header("accept", "text/event-stream");
    send(app, request.body(Body::empty()).expect("a valid request")).await
}

/// As a browser's EventSource asks when it comes back.
pub(crate) async fn resume(app: &Router, uri: &str, last_event_id: impl AsRef<[u8]>) -> Answer {
    let request = Request::get(uri)
        .header("accept", "text/event-stream")
        .header("last-event-id", last_event_id.as_ref());
    send(app, request.body(Body::empty()).expect("a valid request")).await
}

pub(crate) async fn post(app: &Router, uri: &str, json: &str) -> Answer {
    let request = Request::post(uri).header("content-type", "application/json");
    send(
        app,
        request
            .body(Body::from(json.to_owned()))
            .expect("a valid request"),
    )
    .await
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// The last frame of a stream that has ended for good.
pub(crate) const END: &str = "id: sse-runtime:end-of-stream\n\n";

/// Serves a trait with one method, `GET /api/events`, whose body is given.
macro_rules! serve {
    ([$($args:tt)*] $event:ty, |$ctx:ident, $stream:ident| $body:block) => {{
        #[sse_runtime::server_sent_events]
        trait Api {
            #[sse($($args)*)]
            async fn events(
                &self,
                ctx: sse_runtime::Context,
                stream: impl EventsServerStream<$event>,
            ) -> Result<(), sse_runtime::Problem>;
        }
        struct Service;
        impl Api for Service {
            async fn events(
                &self,
                $ctx: sse_runtime::Context,
                $stream: impl EventsServerStream<$event>,
            ) -> Result<(), sse_runtime::Problem> {
                $body
            }
        }
        ApiServer::new(Service)
    }};
}
pub(crate) use serve;
