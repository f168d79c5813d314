//! The log in NATS JetStream, with real servers: that it is one, and what it does when they fail.

mod conformance;

use sse_runtime::log::NatsOptions;
use tests::servers::{Nats, NatsSettings};

/// A private server with JetStream, where there is one to start.
fn server() -> Option<Nats> {
    Nats::start(NatsSettings::default())
}

/// Few enough for the suite to see the oldest dropped.
fn options() -> NatsOptions {
    NatsOptions::default().events(100)
}
