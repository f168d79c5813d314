//! Documents of servers: what they say of requests, events and answers.
#![allow(dead_code, reason = "the types are described, not used")]

mod answers;
mod events;
mod merging;
mod requests;
mod support;
