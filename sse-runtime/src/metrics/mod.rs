//! What is counted of streams, hubs and logs on the network, for an operator: all names, and all calls of the facade
//! `metrics`. The rest of the crate says what has happened and knows neither; without the feature
//! `metrics` what it calls is empty.
//!
//! Handles are registered once for an endpoint, a hub or a log, when it is first used: by then a program has
//! installed its recorder. Nothing is allocated or looked up for an event. Gauges go up and down with
//! a value that is dropped, so that no way in which a stream can end leaves them where they were.
//!
//! The one label that is on everything is the endpoint, or the engine of a log, both constants; all
//! other labels have the values of an enum. Channels, keys, ids and addresses are never labels.

#[cfg(not(feature = "metrics"))]
mod absent;
#[cfg(feature = "metrics")]
mod recorded;

#[cfg(not(feature = "metrics"))]
pub(crate) use absent::*;
#[cfg(feature = "metrics")]
pub(crate) use recorded::*;
