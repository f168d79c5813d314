//! The clients in Rust, held to the table of situations.

mod page;
