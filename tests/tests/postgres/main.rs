//! The log in Postgres, held to what all logs are held to and to what it says of itself, on servers that
//! are private to each test.

mod appending;
mod certificates;
mod conformance;
mod encrypting;
mod failing;
mod holding;
mod lives;
mod pooling;
mod reading;
mod retaining;
mod schema;
mod sharing;
mod signals;
mod support;
mod text;
