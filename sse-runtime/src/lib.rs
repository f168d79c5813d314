//! Typed Server-Sent Events.

// Generated code names this crate by its default name, here too.
#[allow(unused_extern_crates)]
extern crate self as sse_runtime;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod describe;
pub mod error_index;
mod fields;
mod names;
mod roles;
#[cfg(feature = "server")]
mod server;
mod variants;
pub mod wire;

pub use describe::{Described, Descriptor, Endpoint, Source};
pub use fields::{EventData, IdField, NameField, RetryField, TextField};
pub use names::reserved_name;
#[cfg(feature = "server")]
pub use server::{
    Context, End, EndReason, Outcome, Problem, SendError, ServerStream, Settings, Shutdown,
};
pub use sse_macros::{server_sent_events, sse};
pub use wire::{EncodeError, Event, EventId, EventName, Frame};
