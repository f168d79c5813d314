#[cfg(feature = "hub")]
mod hubs;
mod metric;
#[cfg(feature = "server")]
mod streams;

#[cfg(feature = "hub")]
pub(crate) use hubs::{Hub, LeftOut, Subscription};
#[cfg(feature = "server")]
pub(crate) use streams::{Stream, Streams};
