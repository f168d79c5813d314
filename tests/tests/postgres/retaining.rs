//! What is dropped, and what is told of it.

use std::time::Duration;

use sse_runtime::log::{Cursor, EventLog, PostgresLog, PostgresOptions, Standing};
use tests::servers::{Postgres, PostgresSettings};
use tokio_postgres::Client;

use crate::support::{all, append, channel, client, end, log, read, run, text, with_log};

/// Runs the job until it is round, whatever a node's own does at the time.
async fn retain(client: &Client) {
    run(
        client,
        "update sse_log set swept = 0, sweep_began = '-infinity'; \
         do $$ begin while sse_retain() loop end loop; end $$",
    )
    .await;
}

/// Makes all events and channels older.
async fn age(client: &Client, by: &str) {
    let sql = format!(
        "update sse_event set at = at - interval '{by}'; update sse_channel set \
         written = written - interval '{by}', ended = ended - interval '{by}'"
    );
    run(client, &sql).await;
}

async fn standing(log: &PostgresLog, name: &str, after: Cursor) -> Standing {
    read(log, name, after).await.standing()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_told_exactly() {
    let Some(server) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let log = log(&server, PostgresOptions::default().events(20)).await;
    let start = end(&log, "a").await;
    let places: Vec<Cursor> = {
        let mut places = vec![start];
        for n in 0..75 {
            places.push(append(&log, "a", &n.to_string()).await);
        }
        places
    };
    let oldest = log.extent(&channel("a")).await.unwrap().oldest;
    let held = all(&log, "a").await;
    assert!((20..=22).contains(&held.len()), "{}", held.len());
    for place in places {
        let page = read(&log, "a", place).await;
        let missed = oldest.seq().saturating_sub(place.seq());
        let expected = match missed {
            0 => Standing::Contiguous,
            missed => Standing::Truncated {
                missed: Some(missed),
            },
        };
        assert_eq!(page.standing(), expected, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_dropped_and_told() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let start = end(&log, "a").await;
    for n in 0..5 {
        append(&log, "a", &n.to_string()).await;
    }
    age(&client, "61 minutes").await;
    append(&log, "a", "new").await;
    retain(&client).await;
    assert_eq!(all(&log, "a").await.len(), 1);
    let missed = Some(5);
    assert_eq!(
        standing(&log, "a", start).await,
        Standing::Truncated { missed }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_channel_is_forgotten_and_its_numbers_are_not_given_again() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    append(&log, "job", "1").await;
    let last = log.end(&channel("job"), None).await.unwrap();
    retain(&client).await;
    assert!(log.extent(&channel("job")).await.unwrap().ended);
    age(&client, "11 minutes").await;
    retain(&client).await;
    let rows =
        "select (select count(*) from sse_channel) || ' ' || (select count(*) from sse_event)";
    assert_eq!(text(&client, rows).await, "0 0");
    let extent = log.extent(&channel("job")).await.unwrap();
    assert!(!extent.exists && !extent.ended);
    assert_eq!(extent.newest, last);
    // Who has seen all of it goes on with what the name is used for next.
    let next = append(&log, "job", "of another job").await;
    assert_eq!(next.seq(), last.seq() + 1);
    assert_eq!(standing(&log, "job", last).await, Standing::Contiguous);
    // Who has not cannot be told how many there were.
    let before = Cursor::new(last.epoch(), 0);
    let missed = None;
    assert_eq!(
        standing(&log, "job", before).await,
        Standing::Truncated { missed }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_ended_channel_is_free_in_time_without_any_job() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    append(&log, "job", "1").await;
    let last = log.end(&channel("job"), None).await.unwrap();
    age(&client, "11 minutes").await;
    let next = append(&log, "job", "2").await;
    assert_eq!(next.seq(), last.seq() + 1);
    assert_eq!(all(&log, "job").await.len(), 1);
    assert!(!log.extent(&channel("job")).await.unwrap().ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_holds_nothing_is_forgotten_after_a_day() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let last = append(&log, "idle", "1").await;
    age(&client, "2 hours").await;
    retain(&client).await;
    let channels = "select count(*)::text from sse_channel";
    assert_eq!(text(&client, channels).await, "1");
    assert!(all(&log, "idle").await.is_empty());
    age(&client, "23 hours").await;
    retain(&client).await;
    assert_eq!(text(&client, channels).await, "0");
    assert_eq!(standing(&log, "idle", last).await, Standing::Contiguous);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_job_waits_for_nobody() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let (client, application) = (client(&server).await, client(&server).await);
    for name in ["held", "free"] {
        append(&log, name, "1").await;
    }
    age(&client, "2 hours").await;
    // A channel that is being appended to, and one that is being made, which holds its bucket.
    run(
        &application,
        "begin; select sse_append('held', null, 'x'), sse_append('new', null, 'x')",
    )
    .await;
    let retaining = tokio::time::timeout(Duration::from_secs(5), retain(&client));
    retaining.await.expect("it does not wait");
    assert!(all(&log, "free").await.is_empty());
    assert_eq!(all(&log, "held").await.len(), 1);
    run(&application, "commit").await;
    retain(&client).await;
    assert_eq!(all(&log, "held").await.len(), 1, "the new one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_runs_the_job() {
    let Some(server) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let options = PostgresOptions::default().age(Duration::from_secs(1));
    let log = log(&server, options).await;
    append(&log, "a", "1").await;
    crate::support::until("it is dropped", async || all(&log, "a").await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_channels_are_looked_at_in_steps() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    run(
        &client,
        "select sse_append('n' || n, null, 'x') from generate_series(1, 2500) n",
    )
    .await;
    age(&client, "2 days").await;
    retain(&client).await;
    assert_eq!(
        text(&client, "select count(*)::text from sse_channel").await,
        "0"
    );
    assert!(!log.extent(&channel("n7")).await.unwrap().exists);
}
