//! The program as one runs it: against connections whose every byte a test decides, and against a server of
//! `sse-runtime`.

#![cfg(unix)]

mod completions;
mod connection;
mod ending;
mod output;
mod program;
mod request;
mod resume;
mod server;
mod terminal;
mod usage;
