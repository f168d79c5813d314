//! Postgres.

use std::net::SocketAddr;

use sse_runtime::log::{PostgresLog, PostgresOptions};
use tests::servers::{Postgres, PostgresSettings};

use crate::cluster::{Engine, two_nodes};

impl Engine for Postgres {
    type Log = PostgresLog;

    fn durable() -> Option<Self> {
        Self::start(PostgresSettings::default())
    }

    fn url_by(&self, address: SocketAddr) -> String {
        self.url_at(address)
    }

    async fn connect(url: &str, kept: u64) -> PostgresLog {
        let log = PostgresOptions::default()
            .events(kept as usize)
            .connect(url);
        log.await.expect("it runs")
    }
}

two_nodes!(Postgres);
