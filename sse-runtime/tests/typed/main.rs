//! Both ends of an endpoint: what is written is read back, and a payload becomes the request that it
//! is read from.

mod fields;
mod names;
mod request;
mod sockets;

mod support;
mod variants;
mod whole;
