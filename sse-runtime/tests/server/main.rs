//! What a client sees of a service, without sockets and with paused time.

mod ending;
mod keys;
mod opening;
mod payload;
mod roles;
mod sending;
mod settings;
mod support;
mod tracing;
mod waking;
