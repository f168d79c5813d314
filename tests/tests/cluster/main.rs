//! Several nodes over one log, as their users see them: what is published on any of them is read on all
//! of them, once and in order, whatever becomes of nodes, of the engine and of the network between.
//!
//! How long and by which chance a storm rages is said by `SSE_TEST_STORM_SECONDS` and
//! `SSE_TEST_STORM_SEED`, how long an engine is away by `SSE_TEST_AWAY_SECONDS`.

mod ask;
mod away;
mod chronicle;
mod cluster;
mod connections;
mod entrances;
mod flushed;
mod memory;
mod nats;
mod oracle;
mod postgres;
mod presence;
mod publisher;
mod reader;
mod redis;
mod storm;
mod tap;
mod weather;
