//! Typed Server-Sent Events for axum.
//!
//! An annotated trait becomes an axum router whose methods stream events. The attribute says which
//! field of an event is its id, its name and its data, and is checked where it is written; what
//! goes over the wire between, the payload of the request, heartbeats, errors and the end, follows
//! from it. A browser's `EventSource`, `curl -N` and any other client of the
//! [format](https://html.spec.whatwg.org/multipage/server-sent-events.html) can read such a stream
//! and resume it.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use sse_runtime::{Problem, server_sent_events};
//!
//! #[derive(Clone, Serialize)]
//! struct Notification {
//!     message: String,
//!     r#type: String,
//!     id: u64,
//! }
//!
//! #[derive(Deserialize)]
//! struct StreamPayload {
//!     topic: String,         // from the path
//!     limit: Option<usize>,  // from the query
//!     start_id: Option<u64>, // from the Last-Event-ID header
//! }
//!
//! /// Notifications, as they happen.
//! #[server_sent_events(data = message, event = type, id = id, last_event_id = start_id)]
//! trait Notifications {
//!     /// Streams what was published on a topic.
//!     #[sse(get = "/topics/{topic}/events")]
//!     async fn stream(
//!         &self,
//!         payload: StreamPayload,
//!         stream: impl StreamServerStream<Notification>,
//!     ) -> Result<(), Problem>;
//! }
//!
//! struct Alerts(Vec<Notification>);
//!
//! impl Notifications for Alerts {
//!     async fn stream(
//!         &self,
//!         payload: StreamPayload,
//!         stream: impl StreamServerStream<Notification>,
//!     ) -> Result<(), Problem> {
//!         if payload.topic != "disk" {
//!             return Err(axum::http::StatusCode::NOT_FOUND.into());
//!         }
//!         let seen = payload.start_id.unwrap_or(0);
//!         let news = self.0.iter().filter(|notification| notification.id > seen);
//!         for notification in news.take(payload.limit.unwrap_or(usize::MAX)) {
//!             stream.send(notification.clone()).await?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let notification = |id, message: &str| Notification {
//!     message: message.to_owned(),
//!     r#type: "alert".to_owned(),
//!     id,
//! };
//! let alerts = Alerts(vec![notification(6, "disk is slow"), notification(7, "disk is full")]);
//! let app = axum::Router::new().merge(NotificationsServer::new(alerts).into_router());
//!
//! // A client that has seen event 6, without a socket.
//! use axum::{body::Body, http::Request};
//! use http_body_util::BodyExt;
//! use tower::ServiceExt;
//!
//! let request = Request::get("/topics/disk/events?limit=5").header("last-event-id", "6");
//! let response = app.clone().oneshot(request.body(Body::empty())?).await?;
//! assert_eq!(response.headers()["content-type"], "text/event-stream");
//! let wire = response.into_body().collect().await?.to_bytes();
//! assert_eq!(wire, "id: 7\nevent: alert\ndata: disk is full\n\n");
//!
//! // An error before the first event is a response of its own.
//! let request = Request::get("/topics/lunch/events").body(Body::empty())?;
//! assert_eq!(app.oneshot(request).await?.status(), 404);
//! # Ok(())
//! # }
//! ```
//!
//! # What goes wrong by hand
//!
//! | with a stream of strings and a content type | here |
//! |---|---|
//! | A line break in an id or a name injects lines, or panics, depending on the library. | [`send`](ServerStream::send) returns an error, and nothing of the event is on the wire. |
//! | The status is 200 before the service has found out that it cannot serve. | An error before the first event is a response with its own status. [`Problem`] is RFC 9457. |
//! | A misspelt field is found by a client. | It is a compile error at the word. |
//! | `Last-Event-ID` twice, of 64 KiB, or not UTF-8, is a surprise. | It is a typed field of the payload, and what does not fit is a 400 that says why. |
//! | A stream that is complete is requested again and again by every browser. | A stream ends [for good or for now](guide::stream_rules#the-two-ends), never by accident. |
//! | A client that stops reading fills memory, or a channel that drops events. | [`send`](ServerStream::send) waits; what a stream holds [is bounded](guide::stream_rules#what-a-stalled-client-holds). |
//! | Proxies buffer the stream, or cut it while it is silent. | Headers keep it from being buffered, heartbeats keep it open. |
//! | A graceful shutdown waits for open streams, without end. | [`Shutdown`] ends them, and tells the clients when to come back. |
//! | A panic tears the connection down. | The client is sent an error; no other stream notices. |
//!
//! # Where to read on
//!
//! | page | about |
//! |---|---|
//! | [`server_sent_events`] | the attribute: every key, roles and types, payloads, what is generated |
//! | [`guide::stream_rules`] | how a stream opens, waits, fails and ends |
//! | [`guide::hub`] | publishing once, delivering to many, missing nothing |
//! | [`guide::engines`] | several nodes over Redis, NATS or Postgres: which one for what, and what happens when it fails |
//! | [`guide::clients`] | what a client does in each situation that a network and a server can bring about |
//! | [`guide::openapi`] | an OpenAPI document of what a server streams, and which tools read it |
//! | [`guide::typescript`] | a package for TypeScript: typed clients for browsers and Node.js |
//! | [`guide::operating`] | proxies, connections, shutdown, limits, tracing, metrics, CORS |
//! | [`guide::testing`] | services and routers in tests, without sockets |
//! | [`guide::from_axum_sse`] | from `axum::response::sse`, step by step |
//! | [`error_index`] | every mistake that the attribute reports |
//!
//! # The crate
//!
//! | item | what it is |
//! |---|---|
//! | [`ServerStream`], [`SendError`] | what a method sends to |
//! | [`Context`], [`End`], [`EndReason`] | the request and the life of its stream: an extractor |
//! | [`Problem`], [`Outcome`] | what a method returns |
//! | [`Settings`], [`Shutdown`] | what a server does beside what its attribute says |
//! | [`serve()`] | a server of connections for apps whose responses are streams |
//! | [`IdField`], [`NameField`], [`RetryField`], [`KeyField`], [`TextField`], [`EventData`], [`FromEventData`], [`FromRetry`] | traits: which types may play which role, and how they are read back |
//! | [`Event`], [`EventId`], [`EventName`], [`reserved_name`] | events and their parts as values |
//! | [`wire`] | the format: encoder and decoder, without I/O |
//! | [`describe`] | an endpoint as a constant: [`Descriptor`], [`Endpoint`]; how a client rebuilds its events: [`Decode`]; whether a log may give its ids: [`LogIds`] |
//! | [`client`] | reads streams: of any server with [`Client`](client::Client), of an endpoint as [`Events`](client::Events) |
//! | [`request`] | a payload as the request that is made of it |
//! | [`openapi`] | an OpenAPI document of a server: [`Document`](openapi::Document) |
//! | [`typescript`] | typed clients for browsers and Node.js: [`Package`](typescript::Package) |
//! | [`hub`] | publish once, deliver to many: [`Hub`](hub::Hub), [`Gap`](hub::Gap) |
//! | [`log`] | where events are kept in order to be resumed: [`EventLog`](log::EventLog), [`MemoryLog`](log::MemoryLog), and for several nodes [`RedisLog`](log::RedisLog), [`NatsLog`](log::NatsLog), [`PostgresLog`](log::PostgresLog) |
//! | [`testing`] | services in tests: [`Client`](testing::Client), [`Recorder`](testing::Recorder), [`FaultyLog`](testing::FaultyLog) |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `log` | yes | [`log`]: events in the memory of this process, and the trait for other engines. Of tokio it takes the clock. |
//! | `conformance` | no | [`log::conformance`]: what every log must hold, to hold one of your own to it. |
//! | `redis` | no | [`log::RedisLog`]: events in Redis Streams, 7 or newer, or Valkey. |
//! | `nats` | no | [`log::NatsLog`]: events in NATS JetStream, 2.9 or newer. |
//! | `postgres` | no | [`log::PostgresLog`]: events in PostgreSQL, 14 or newer, that commit with the rows they are about. |
//! | `hub` | yes | [`hub`]: publish once, deliver to many. |
//! | `server` | yes | The attribute (which is there with `client`, too), and all else that needs axum and tokio. Without it there are [`wire`], [`describe`] and the traits of the roles. |
//! | `metrics` | no | Gauges and counters of streams and hubs, [by name](guide::operating#metrics), through the crate [metrics](https://docs.rs/metrics). |
//! | `client` | no | [`client`]: of any event stream, and of those that the attribute describes, over [reqwest](https://docs.rs/reqwest). It needs no axum, and builds for browsers. |
//! | `openapi` | no | [`openapi`]: documents of OpenAPI 3.2 and 3.1, through the crate [utoipa](https://docs.rs/utoipa). |
//! | `typescript` | no | [`typescript`]: packages of typed clients for browsers and Node.js, through the crate [ts-rs](https://docs.rs/ts-rs). |
//! | `serve` | no | [`serve()`], in place of `axum::serve`. It builds hyper with HTTP/2, which a first try can do without. |
//! | `testing` | no | [`testing`]: routers and services in tests, without sockets. For `dev-dependencies`. |
//!
//! The minimum Rust version is 1.89.

// Generated code names this crate by its default name, here too.
#[allow(unused_extern_crates)]
extern crate self as sse_runtime;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "client")]
pub mod client;
pub mod describe;
#[cfg(feature = "server")]
pub mod error_index;
mod excerpt;
mod fields;
#[cfg(any(feature = "client", feature = "hub"))]
mod gap;
#[cfg(feature = "server")]
pub mod guide;
#[cfg(feature = "hub")]
pub mod hub;
#[cfg(feature = "log")]
pub mod log;
#[cfg(any(
    feature = "hub",
    feature = "nats",
    feature = "postgres",
    feature = "redis",
    feature = "server"
))]
mod metrics;
mod names;
#[cfg(feature = "openapi")]
pub mod openapi;
#[cfg(any(feature = "client", feature = "server"))]
mod problem;
#[cfg(any(feature = "client", feature = "testing"))]
pub mod request;
mod roles;
#[cfg(any(feature = "client", feature = "server"))]
mod scalar;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "typescript")]
pub mod typescript;
mod variants;
pub mod wire;

pub use describe::{
    Decode, DecodeEventError, Decoded, Described, Descriptor, Endpoint, LogIds, Source,
};
pub use fields::{
    EventData, FromEventData, FromRetry, IdField, KeyField, NameField, RetryField, TextField,
};
pub use names::reserved_name;
#[cfg(any(feature = "client", feature = "server"))]
pub use problem::Problem;
#[cfg(feature = "serve")]
pub use server::serve;
#[cfg(feature = "server")]
pub use server::{Context, End, EndReason, Outcome, SendError, ServerStream, Settings, Shutdown};
#[cfg(any(feature = "client", feature = "server"))]
#[cfg_attr(feature = "server", doc = include_str!("guide/attribute.md"))]
pub use sse_macros::server_sent_events;
/// Says what holds for one method of a trait with [`macro@server_sent_events`], in the same keys.
/// It is read and taken away by that attribute, so it means nothing anywhere else.
#[cfg(any(feature = "client", feature = "server"))]
pub use sse_macros::sse;
pub use wire::{EncodeError, Event, EventId, EventName, Frame};

/// Compiles and runs the examples of the README.
#[cfg(all(doctest, feature = "hub", feature = "openapi", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
