//! A client of event streams: it connects, reads, resumes and, where nothing else helps, says why not.
//!
//! ```no_run
//! use sse_runtime::client::Client;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let mut events = Client::new().get("https://example.com/events")?.stream();
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     println!("{}: {}", event.event(), event.data());
//! }
//! # Ok(())
//! # }
//! ```

mod builder;
mod driver;
mod http;
mod platform;
mod received;
mod redirect;
mod service;
mod stream;
mod transport;
mod typed;

pub use crate::gap::{Gap, GapReason};
pub use crate::session::{ClientError, Policy, Position, Refusal, Retry};
pub use builder::{InvalidRequest, RequestBuilder};
pub use http::Client;
pub use platform::MaybeSend;
pub use received::{Message, Received};
pub use service::Service;
pub use stream::EventStream;
pub use typed::Events;
