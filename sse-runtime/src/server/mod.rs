//! Serving streams with axum: from a request over a payload and a service to a body.
//!
//! ```text
//! request → payload → service → stream → outbox → body → connection
//! ```

mod alarm;
mod body;
mod context;
mod driver;
mod end;
mod explain;
mod extractor;
#[cfg(feature = "hub")]
mod forward;
mod last_event_id;
mod limits;
mod live;
mod outbox;
mod outcome;
mod payload;
mod problem;
mod pull;
mod response;
mod route;
#[cfg(feature = "serve")]
pub mod serve;
mod served;
mod settings;
mod shell;
mod shutdown;
mod stream;

pub use context::Context;
pub use end::{End, EndReason};
pub use outcome::Outcome;
#[cfg(feature = "serve")]
pub use serve::serve;
pub use settings::Settings;
pub use shutdown::Shutdown;
pub use stream::{SendError, ServerStream};

use last_event_id::LastEventId;

// What generated code names; out of here it comes through `__private` alone.
pub use extractor::Extractor;
pub use pull::pull;
pub use route::{Server, route};
pub use stream::LiveStream;
