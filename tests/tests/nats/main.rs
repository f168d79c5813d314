//! The log in NATS JetStream, with real servers: that it is one, and what it says when they fail.

mod asking;
mod bounds;
mod certificates;
mod clusters;
mod conformant;
mod foreign;
mod gaps;
mod links;
mod losses;
mod nodes;
mod streams;
mod support;
