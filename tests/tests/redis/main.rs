//! The log in Redis, with real servers: what it holds, and what it says when one fails.

mod access;
mod bounds;
mod certificates;
mod conformant;
mod failover;
mod foreign;
mod links;
mod lives;
mod nodes;
mod refusals;
mod shards;
mod support;
mod topologies;
mod traffic;
