//! Redis, which appends to a file that is synced after every command.

use std::net::SocketAddr;

use sse_runtime::log::{RedisLog, RedisOptions};
use tests::servers::{Append, Redis, RedisSettings};

use crate::cluster::{Engine, two_nodes};
use crate::flushed;

impl Engine for Redis {
    type Log = RedisLog;

    fn durable() -> Option<Self> {
        Self::start(RedisSettings {
            append: Append::Always,
            // What is kept beyond the bound, so that a short test comes to the bound at all.
            lines: vec!["stream-node-max-entries 10".to_owned()],
            ..RedisSettings::default()
        })
    }

    fn url_by(&self, address: SocketAddr) -> String {
        self.url_at(address)
    }

    async fn connect(url: &str, kept: u64) -> RedisLog {
        let log = RedisOptions::default().events(kept as usize).connect(url);
        log.await.expect("it runs")
    }
}

two_nodes!(Redis);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_is_told_once_to_each_reader_and_nothing_old_comes_as_new() {
    flushed::is_told_to_all::<Redis>(|redis| redis.ask("FLUSHALL")).await;
}
