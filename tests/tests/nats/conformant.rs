//! The suite.

use sse_runtime::log::conformance::check;
use sse_runtime::log::{NatsOptions, NatsStorage};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_everything() {
    let nats = nats!();
    // Few enough for the suite to see the oldest dropped.
    let options = NatsOptions::default().events(100);
    let log = options.connect(&nats.url()).await.unwrap();
    let report = check(&log).await;
    assert!(report.is_conformant(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_it_holds_everything_too() {
    let nats = nats!();
    let options = NatsOptions::default()
        .namespace("in-memory_1")
        .storage(NatsStorage::Memory);
    let log = options.events(100).connect(&nats.url()).await.unwrap();
    let report = check(&log).await;
    assert!(report.is_conformant(), "{report}");
}
