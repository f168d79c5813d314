#[cfg(feature = "hub")]
mod hubs;
#[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
mod logs;
mod metric;
#[cfg(feature = "server")]
mod streams;

#[cfg(feature = "hub")]
pub(crate) use hubs::{Hub, LeftOut, Subscription};
#[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
pub(crate) use logs::{Appending, Log};
#[cfg(feature = "server")]
pub(crate) use streams::{Stream, Streams};
