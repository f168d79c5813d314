//! A transaction that stays open keeps its own channels, and nobody else.

use std::time::{Duration, Instant};

use futures::future::join_all;
use sse_runtime::log::{AppendError, EventLog, Health, PostgresOptions, Record};
use tests::servers::{Postgres, PostgresSettings};

use crate::support::{all, append, channel, client, log, read, run, with_log};

const RECORD: &[u8] = b"data: x\n";

#[tokio::test(flavor = "multi_thread")]
async fn others_append_and_read_meanwhile() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    // Channels that are there, and channels that the transaction makes.
    for n in 0..5 {
        append(&log, &format!("held {n}"), "before").await;
    }
    run(&application, "begin").await;
    for n in 0..10 {
        run(
            &application,
            &format!("select sse_append('held {n}', null, 'x')"),
        )
        .await;
    }
    let held = (0..10).map(|n| {
        let log = log.clone();
        tokio::spawn(async move { append(&log, &format!("held {n}"), "after").await })
    });
    let held: Vec<_> = held.collect();
    let began = Instant::now();
    for n in 0..100 {
        let place = append(&log, &format!("free {}", n % 7), "x").await;
        read(&log, &format!("free {}", n % 7), place).await;
        assert_eq!(all(&log, &format!("held {}", n % 5)).await.len(), 1);
    }
    // One that waited for the transaction would take the second that a turn has.
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    assert!(held.iter().all(|it| !it.is_finished()));

    run(&application, "commit").await;
    for append in join_all(held).await {
        append.expect("appended");
    }
    for n in 0..5 {
        let lines = all(&log, &format!("held {n}")).await;
        let lines: Vec<_> = lines.iter().map(|(_, lines)| lines.as_str()).collect();
        assert_eq!(lines, ["data: before\n", "data: x\n", "data: after\n"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_waited_long_enough_is_refused_and_nothing_is_written() {
    let Some(server) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let options = PostgresOptions::default().timeout(Duration::from_secs(2));
    let log = log(&server, options).await;
    let application = client(&server).await;
    run(&application, "begin; select sse_append('held', null, 'x')").await;
    let record = Record::new(RECORD).unwrap();
    let held = channel("held");
    let waiting = (0..4).map(|_| log.append(&held, &record));
    let waiting: Vec<_> = waiting.collect();
    for answer in join_all(waiting).await {
        assert!(matches!(answer, Err(AppendError::Refused(_))), "{answer:?}");
    }
    run(&application, "commit").await;
    append(&log, "held", "after").await;
    assert_eq!(all(&log, "held").await.len(), 2);
    assert_eq!(log.health(), Health::Serving);
}
