//! NATS JetStream, whose stream is in files.

use std::net::SocketAddr;

use sse_runtime::log::{NatsLog, NatsOptions};
use tests::servers::{Nats, NatsSettings};

use crate::cluster::{Engine, two_nodes};

impl Engine for Nats {
    type Log = NatsLog;

    fn durable() -> Option<Self> {
        Self::start(NatsSettings::default())
    }

    fn url_by(&self, address: SocketAddr) -> String {
        self.url_at(address)
    }

    async fn connect(url: &str, kept: u64) -> NatsLog {
        let log = NatsOptions::default().events(kept as usize).connect(url);
        log.await.expect("it runs")
    }
}

two_nodes!(Nats);
