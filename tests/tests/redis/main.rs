//! The log in Redis, with real servers: what it holds, and what it says when one fails.

mod bounds;
mod conformant;
mod foreign;
mod links;
mod lives;
mod nodes;
mod refusals;
mod support;
mod topologies;
