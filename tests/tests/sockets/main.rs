//! Streams over real sockets: what clients that vanish, stall or stay leave behind.

mod allocator;
mod client;
mod http2;
mod serve;
mod server;
mod shutdown;
mod stalled;
mod vanished;
