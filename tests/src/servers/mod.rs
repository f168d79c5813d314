//! Real servers for one test: each private, on a free port of the loopback interface, with its data in
//! a directory of its own.
//!
//! One that has been started answers. It ends when it is dropped, also where the test panics, and also
//! where the test's process is killed. What it wrote to its log is printed where the test panics.
//! Starting and stopping block the thread, for a fraction of a second as a rule.
//!
//! ```text
//! Redis, Nats, Postgres ──▶ Daemon (directory, port, start, stop, …) ──▶ Process (child, guard)
//! ```

mod daemon;
mod nats;
pub(crate) use port::Port;
mod port;
mod postgres;
mod process;
mod redis;

pub use daemon::{Daemon, Server};
pub use nats::{Nats, NatsSettings};
pub use postgres::{Postgres, PostgresSettings};
pub use redis::{Acl, Append, Redis, RedisSettings};
