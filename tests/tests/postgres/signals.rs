//! Signals reach who is there, whatever their size.

use sse_runtime::log::{Channels, EventLog, Hints, PostgresOptions, Record, Watch};
use std::time::Duration;
use tests::servers::{Postgres, PostgresSettings};
use tokio::time::timeout;

use crate::support::{PATIENCE, channel, client, log, run};

/// Sends signals between two nodes until one of each comes, of which the last is larger than a notice may
/// be.
async fn reach_others(hints: Hints) {
    let Some(server) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let options = PostgresOptions::default().hints(hints);
    let (here, there) = (
        log(&server, options.clone()).await,
        log(&server, options).await,
    );
    let mut watch = there.watch(&Channels::new([channel("room")]).unwrap());
    // What is sent before a node has looked for the first time does not reach it.
    let probe = Record::new(b"data: probe\n").unwrap();
    let probing = async {
        loop {
            here.signal(&channel("room"), &probe).await.expect("sent");
            if timeout(Duration::from_millis(100), watch.changed())
                .await
                .is_ok_and(|it| it.has_signals())
            {
                break;
            }
        }
    };
    timeout(PATIENCE, probing).await.expect("one comes");
    let mut sent = Vec::new();
    for bytes in [1, 10_000, 300_000] {
        let lines = format!("data: {}\n", "x".repeat(bytes));
        let record = Record::new(lines.as_bytes())
            .unwrap()
            .with_key("ann")
            .unwrap();
        here.signal(&channel("room"), &record).await.expect("sent");
        sent.push(format!("{lines}\n"));
    }
    run(
        &client(&server).await,
        "select sse_signal('room', 'typing', 'ben')",
    )
    .await;
    sent.push("event: typing\ndata: ben\n\n".to_owned());
    let mut came = Vec::new();
    let coming = async {
        while came.len() < sent.len() {
            while let Some(signal) = watch.take_signal() {
                let wire = String::from_utf8_lossy(signal.wire()).into_owned();
                if !wire.contains("probe") {
                    came.push(wire);
                }
            }
            if came.len() < sent.len() {
                watch.changed().await;
            }
        }
    };
    timeout(PATIENCE, coming).await.expect("all come");
    assert!(came == sent, "others came, or in another order");
}

#[tokio::test(flavor = "multi_thread")]
async fn they_reach_nodes_that_listen() {
    reach_others(Hints::Notify).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_reach_nodes_that_poll() {
    reach_others(Hints::Poll(Duration::from_millis(50))).await;
}
