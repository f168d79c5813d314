//! Services in tests: requests without sockets, streams event by event, connections that are cut.
//!
//! [`Client`] asks an app, such as a router, and a [`Response`] reads its stream as far as a test
//! wants it: the next event, all that come within a time, what was sent in between, the end.
//! [`Recorder`] takes the place of the stream where a method is called without a router, and
#![cfg_attr(feature = "log", doc = "[`FaultyLog`] that of the log of a hub.")]
#![cfg_attr(
    not(feature = "log"),
    doc = "`FaultyLog` (feature `log`) that of the log of a hub."
)]
//! The guide [has a page on it](crate::guide::testing).
//!
//! ```
//! use sse_runtime::testing::{Client, End};
//! use sse_runtime::{Problem, server_sent_events};
//!
//! #[server_sent_events(event_name = "line")]
//! trait Poem {
//!     #[sse(get = "/poem")]
//!     async fn lines(&self, stream: impl LinesServerStream<&'static str>) -> Result<(), Problem>;
//! }
//!
//! struct Haiku;
//! impl Poem for Haiku {
//!     async fn lines(&self, stream: impl LinesServerStream<&'static str>) -> Result<(), Problem> {
//!         stream.send("an old silent pond").await?;
//!         stream.send("a frog jumps in").await?;
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let client = Client::new(PoemServer::new(Haiku).into_router());
//! let mut stream = client.get("/poem").await;
//! assert_eq!(stream.event().await.data(), "an old silent pond");
//! assert_eq!(stream.event().await.data(), "a frog jumps in");
//! assert_eq!(stream.end().await, End::ForNow);
//! # }
//! ```
//!
//! What a test expects and does not get is a panic that says what came instead, and all that was
//! received until then. Nothing waits for ever: on a paused clock an hour passes at once, on a
//! running one a wait is over after five seconds ([`Client::patience`]).

mod client;
mod event;
#[cfg(feature = "log")]
mod faulty_log;
mod patience;
mod reading;
mod recorder;
mod request;
mod response;
mod told;
mod transcript;

pub use client::Client;
pub use event::{End, Event, Item};
#[cfg(feature = "log")]
pub use faulty_log::{Call, FaultyLog, Leg, Operation};
pub use recorder::{Recorder, Sent};
pub use request::Request;
pub use response::Response;
pub use transcript::Transcript;
