//! Real servers for one test: each private, on a free port of the loopback interface, with its data in
//! a directory of its own.
//!
//! One that has been started answers. It ends when it is dropped, also where the test panics, and also
//! where the test's process is killed. What it wrote to its log is printed where the test panics.
//! Starting and stopping block the thread, for a fraction of a second as a rule.
//!
//! ```text
//! Redis, Nats, Postgres, PgBouncer ──▶ Daemon (directory, port, start, stop, …) ──▶ Process (child, guard)
//! ```

mod certificates;
mod daemon;
mod disk;
mod nats;
mod nats_cluster;
mod pgbouncer;
mod port;
mod postgres;
mod process;
mod redis;
mod redis_cluster;
mod sentinel;

use std::thread;
use std::time::{Duration, Instant};

pub use certificates::Certificates;
pub use daemon::{Daemon, Server};
pub use disk::Disk;
pub use nats::{Nats, NatsSettings};
pub use nats_cluster::NatsCluster;
pub use pgbouncer::{PgBouncer, PoolMode};
pub(crate) use port::Port;
pub use postgres::{Postgres, PostgresSettings};
pub(crate) use process::Process;
pub use redis::{Acl, Append, Redis, RedisSettings};
pub use redis_cluster::RedisCluster;
pub use sentinel::Sentinel;

/// Waits until something holds that servers agree about among themselves.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
