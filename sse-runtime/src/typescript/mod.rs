//! Packages for TypeScript: the services of a server as typed clients, for browsers and Node.js.
//!
//! ```
//! use serde::Serialize;
//! use sse_runtime::typescript::Package;
//! use sse_runtime::{Problem, server_sent_events};
//! use ts_rs::TS;
//!
//! #[derive(Serialize, TS)]
//! struct Tick {
//!     at: u64,
//! }
//!
//! #[server_sent_events(event_name = "tick")]
//! trait Clock {
//!     async fn ticks(&self, stream: impl TicksServerStream<Tick>) -> Result<(), Problem>;
//! }
//!
//! let package = Package::new("clock-client").add::<ClockServer<()>>();
//! // package.write_to("clients/clock")?;
//! let files = package.files()?;
//! let clock = &files[std::path::Path::new("src/clock.ts")];
//! assert!(clock.contains("export type TicksEvents = {\n  tick: Tick;\n};"));
//! # Ok::<(), sse_runtime::typescript::Error>(())
//! ```
//!
//! [A page of the guide](crate::guide::typescript) says what is in a package, what becomes of events,
//! payloads and types, and how a package that is checked in is kept current.

mod directory;
mod endpoint;
mod error;
mod events;
mod manifest;
mod own;
mod package;
mod payload;
mod readme;
mod runtime;
mod service;
mod syntax;
mod text;
mod types;

pub use error::Error;
pub use package::Package;
