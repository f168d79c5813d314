//! The log in Postgres, held to what all logs are held to and to what it says of itself, on servers that
//! are private to each test.

mod conformance;
mod servers;
