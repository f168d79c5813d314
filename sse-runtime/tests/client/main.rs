//! The client against sockets. What it does when is decided by the session, which has tests of its own.

mod reading;
mod support;
