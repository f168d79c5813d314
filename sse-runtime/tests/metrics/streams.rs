//! Streams: how they are opened, refused and ended, on a socket.

use std::collections::BTreeMap;

use sse_runtime::Settings;

use crate::scrape::{Recorder, Scrape};
use crate::server::Server;

const TOLD: (&str, &str) = ("endpoint", "Api::told");

fn open(scrape: &Scrape) -> f64 {
    scrape.value("sse_streams_open", &[TOLD])
}

fn waiting(scrape: &Scrape) -> f64 {
    scrape.value("sse_streams_waiting", &[TOLD])
}

fn counted<'a>(scrape: &'a Scrape, name: &str) -> BTreeMap<&'a str, f64> {
    scrape.counted(name, TOLD.1, "reason")
}

#[tokio::test]
async fn each_stream_that_ends_is_counted_by_why_it_did() {
    let recorder = Recorder::start();
    let server = Server::start(&recorder, Settings::new()).await;
    let mut expected = BTreeMap::new();
    for (then, reason) in [
        ("close", "closed"),
        ("return", "returned"),
        ("fail", "failed"),
        ("panic", "panicked"),
        ("reconnect", "reconnect"),
        ("pass-deadline", "deadline"),
    ] {
        server
            .get(&format!("/told?send=1&then={then}"))
            .await
            .rest()
            .await;
        expected.insert(reason, 1.0);
        let scrape = server.scrape_until(|scrape| open(scrape) == 0.0).await;
        assert_eq!(counted(&scrape, "sse_streams_closed_total"), expected);
    }

    let mut leaves = server.get("/told?send=1&then=wait").await;
    leaves.read_until("data: 0").await;
    let mut stays = server.get("/told?send=1&then=wait").await;
    stays.read_until("data: 0").await;
    assert_eq!(open(&server.scrape().await), 2.0);
    drop(leaves);
    expected.insert("disconnected", 1.0);
    let scrape = server.scrape_until(|scrape| open(scrape) == 1.0).await;
    assert_eq!(counted(&scrape, "sse_streams_closed_total"), expected);
    server.shutdown.start();
    stays.rest().await;
    expected.insert("shutdown", 1.0);
    let scrape = server.scrape_until(|scrape| open(scrape) == 0.0).await;
    assert_eq!(counted(&scrape, "sse_streams_closed_total"), expected);

    assert_eq!(scrape.value("sse_streams_opened_total", &[TOLD]), 8.0);
    assert_eq!(
        scrape.value("sse_stream_duration_seconds_count", &[TOLD]),
        8.0
    );
    assert_eq!(scrape.value("sse_sent_events_total", &[TOLD]), 8.0);
    assert_eq!(
        counted(&scrape, "sse_streams_refused_total"),
        BTreeMap::new()
    );
}

#[tokio::test]
async fn each_request_without_a_stream_is_counted_by_why() {
    let recorder = Recorder::start();
    let server = Server::start(&recorder, Settings::new().max_streams(1)).await;
    let mut expected = BTreeMap::new();
    for (then, reason) in [
        ("close", "closed"),
        ("answer", "answered"),
        ("fail", "failed"),
        ("panic", "panicked"),
        ("pass-deadline", "deadline"),
        ("something", "invalid"),
    ] {
        server.get(&format!("/told?then={then}")).await.rest().await;
        expected.insert(reason, 1.0);
        let scrape = server.scrape().await;
        assert_eq!(counted(&scrape, "sse_streams_refused_total"), expected);
    }

    let reserved = "sse-runtime:end-of-stream";
    let answer = server
        .resume("/told?then=wait", reserved)
        .await
        .rest()
        .await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    expected.insert("closed", 2.0);

    let mut open = server.get("/told?send=1&then=wait").await;
    open.read_until("data: 0").await;
    server.get("/told?then=wait").await.rest().await;
    expected.insert("limit", 1.0);

    server.shutdown.start();
    server.get("/told?then=wait").await.rest().await;
    expected.insert("shutdown", 1.0);
    let scrape = server.scrape().await;
    assert_eq!(counted(&scrape, "sse_streams_refused_total"), expected);
}

#[tokio::test]
async fn a_stream_whose_client_does_not_read_is_waiting_until_it_does() {
    let recorder = Recorder::start();
    let server = Server::start(&recorder, Settings::new()).await;
    let mut idle = server.get("/told?send=1&then=wait").await;
    idle.read_until("data: 0").await;
    let mut stalled = server.get("/told?send=8000&large=true&then=wait").await;
    stalled.read_until("data: 0").await;
    // What it was sent is counted already.
    server
        .scrape_until(|scrape| {
            let sent = scrape.value("sse_sent_bytes_total", &[TOLD]);
            waiting(scrape) == 1.0 && sent > 128.0 * 1024.0
        })
        .await;
    stalled.read_until("7999\n").await;
    let scrape = server.scrape_until(|scrape| waiting(scrape) == 0.0).await;
    assert_eq!(open(&scrape), 2.0);
    assert_eq!(scrape.value("sse_sent_events_total", &[TOLD]), 8001.0);
}

#[tokio::test]
async fn a_stalled_client_that_a_shutdown_cuts_leaves_no_gauge_behind() {
    let recorder = Recorder::start();
    let server = Server::start(&recorder, Settings::new()).await;
    let mut stalled = server.get("/told?send=8000&large=true&then=wait").await;
    stalled.read_until("data: 0").await;
    server.scrape_until(|scrape| waiting(scrape) == 1.0).await;
    server.shutdown.start();
    let scrape = server.scrape_until(|scrape| open(scrape) == 0.0).await;
    assert_eq!(waiting(&scrape), 0.0);
    let closed = counted(&scrape, "sse_streams_closed_total");
    assert_eq!(closed, BTreeMap::from([("shutdown", 1.0)]));
    drop(stalled);
}
