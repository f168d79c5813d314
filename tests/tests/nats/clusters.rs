//! Three servers that keep the stream together.

use std::time::Duration;

use sse_runtime::log::conformance::{Finding, Outcome, check};
use sse_runtime::log::{ConnectError, EventLog, Limit, NatsLog, Standing};
use tests::servers::{NatsCluster, Server};
use tokio::task::block_in_place;

use crate::support::*;

/// A log whose stream is on all of them.
async fn log_on(cluster: &NatsCluster) -> NatsLog {
    eventually(async || {
        let options = options().events(100).replicas(3);
        let options = options.timeout(Duration::from_secs(2));
        options.connect(&cluster.url()).await.ok()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_on_three_servers_holds_everything() {
    let Some(cluster) = block_in_place(NatsCluster::start) else {
        return;
    };
    let report = check(&log_on(&cluster).await).await;
    // Servers before 2.10 look where a subject ends before they agree on what is next: several of those
    // who write at one place at once may win (nats-server#4320).
    let is_kept = |it: &Finding| {
        it.property() == "of_writers_at_one_place_one_wins"
            || !matches!(it.outcome(), Outcome::Broken(_))
    };
    assert!(report.findings().iter().all(is_kept), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_with_the_server_that_leads() {
    let Some(cluster) = block_in_place(NatsCluster::start) else {
        return;
    };
    let log = log_on(&cluster).await;
    let start = end(&log).await;
    append(&log, 1..=10).await;

    let stream = stranger(&cluster.servers()[0])
        .await
        .get_stream("sse")
        .await;
    let stream = stream.unwrap();
    let info = stream.cached_info().cluster.as_ref();
    let leader: usize = info
        .and_then(|it| it.leader.as_ref()?.parse().ok())
        .unwrap();
    block_in_place(|| cluster.servers()[leader].kill());

    for n in 11..=20 {
        append_when_it_can(&log, n).await;
    }
    let page = eventually(async || {
        let page = log
            .read_after(&room(), start, Limit::default())
            .await
            .ok()?;
        (numbers(&page).len() == 20).then_some(page)
    })
    .await;
    assert_eq!(page.standing(), Standing::Contiguous);
    assert_eq!(numbers(&page), (1..=20).collect::<Vec<_>>());
    until_serving(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_keeps_no_stream_for_three() {
    let nats = nats!();
    let error = options().replicas(3).connect(&nats.url()).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert!(
        with_causes(&error).contains("replicas"),
        "{}",
        with_causes(&error)
    );
}
