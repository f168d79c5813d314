//! The situations of a client, each with what must come of it: the rows of the guide's page `clients`,
//! to which every client of this project is held.
//!
//! ```text
//! table → Situation → Case { call, script, outcome }
//!                             │     │       └ what the client must tell, and which requests it makes
//!                             │     └ what the server answers to each request, byte by byte
//!                             └ what the client is asked to do
//! ```
//!
//! A [`Server`] plays the scripts on real sockets. A client in another language asks it over HTTP for
//! the call and the outcome (see `server`), as a test in Rust asks it by a call.

mod answer;
mod case;
mod outcome;
mod request;
mod server;
mod table;

pub use answer::{Answer, End};
pub use case::{Call, Case, Client, Endpoint, Exception, Policy, Situation};
pub use outcome::{Item, Outcome};
pub use request::{Origin, Request, Seen};
pub use server::{Run, Server};
pub use table::situations;
