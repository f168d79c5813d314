//! Routers, and requests as clients of all kinds make them.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::Request;
use sse_runtime::testing::Client;
pub(crate) use sse_runtime::testing::Response;
use tower::ServiceExt;

pub(crate) async fn send(app: &Router, request: Request<impl Into<Bytes>>) -> Response {
    Client::new(app.clone()).request(request).await
}

/// As who does not say what it wants.
pub(crate) async fn get(app: &Router, uri: &str) -> Response {
    send(app, Request::get(uri).body("").expect("a valid request")).await
}

/// As a browser's EventSource asks.
pub(crate) async fn subscribe(app: &Router, uri: &str) -> Response {
    Client::new(app.clone()).get(uri).await
}

/// As a browser's EventSource asks when it comes back.
pub(crate) async fn resume(app: &Router, uri: &str, last_event_id: impl AsRef<[u8]>) -> Response {
    let request = Client::new(app.clone()).get(uri);
    request
        .header("last-event-id", last_event_id.as_ref())
        .await
}

pub(crate) async fn post(app: &Router, uri: &str, json: &str) -> Response {
    let request = Request::post(uri).header("content-type", "application/json");
    send(app, request.body(json.to_owned()).expect("a valid request")).await
}

/// The frames of a stream, for who is not a client but a layer.
pub(crate) async fn body(app: &Router, uri: &str) -> Body {
    let request = Request::get(uri).body(Body::empty());
    let response = app.clone().oneshot(request.expect("a valid request")).await;
    response.unwrap_or_else(|never| match never {}).into_body()
}

pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    let value = answer.headers().get(name);
    value.map(|value| value.to_str().expect("a header is text"))
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
