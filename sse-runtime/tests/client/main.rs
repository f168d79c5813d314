//! The client against sockets. What it does when is decided by its session, which has tests of its own.

mod headers;
mod life;
mod posts;
mod reading;
mod redirects;
mod refusals;
mod support;
mod typed;
