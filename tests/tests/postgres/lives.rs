//! A server that lacks what another has shown.

use std::time::Duration;

use sse_runtime::log::{EventLog, Health, PostgresLog, PostgresOptions, Record, Standing};
use tests::servers::{Postgres, PostgresSettings, Server};

use crate::support::{all, append, channel, client, end, read, run, text, until, with_log};

#[tokio::test(flavor = "multi_thread")]
async fn who_saw_what_is_lost_is_told_and_nobody_else() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let mut before = Vec::new();
    for n in 1..=5 {
        before.push(append(&log, "a", &n.to_string()).await);
    }
    // What a standby is that was promoted without the last two: rows that another server has written.
    run(
        &client,
        "delete from sse_event where seq > 3; update sse_channel set seq = 3, server = server + 1",
    )
    .await;
    // As long as nothing is appended, they are ahead of the log.
    assert_eq!(read(&log, "a", before[4]).await.standing(), Standing::Ahead);
    for n in 4..=6 {
        let place = append(&log, "a", &format!("other {n}")).await;
        assert_eq!(place.seq(), n);
        assert_ne!(place.epoch(), before[0].epoch());
    }
    for (place, left) in before.iter().zip([5, 4, 3]) {
        let page = read(&log, "a", *place).await;
        assert_eq!(page.standing(), Standing::Contiguous, "{place}");
        assert_eq!(crate::support::lines(&page).len(), left);
    }
    for place in &before[3..] {
        let page = read(&log, "a", *place).await;
        assert_eq!(page.standing(), Standing::Rewound, "{place}");
        assert_eq!(page.next().seq(), 3);
        let page = read(&log, "a", page.next()).await;
        assert_eq!(crate::support::lines(&page).len(), 3);
    }
    // Applications are given the same ids as readers.
    let held = all(&log, "a").await;
    let id = text(&client, "select sse_append('a', null, '7')").await;
    assert_eq!(all(&log, "a").await.last().unwrap().0, id);
    assert!(held.iter().all(|(held, _)| *held != id));
    assert_eq!(text(&client, "select sse_position('a')").await, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_sixteen_lives_are_remembered() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let mut places = Vec::new();
    for n in 0..20 {
        places.push(append(&log, "a", &n.to_string()).await);
        run(&client, "update sse_channel set server = server + 1").await;
    }
    let end = log.extent(&channel("a")).await.unwrap().newest;
    assert_eq!(end, places[19]);
    for (n, place) in places.iter().enumerate() {
        let standing = read(&log, "a", *place).await.standing();
        let expected = if n < 4 {
            Standing::UnknownEpoch
        } else {
            Standing::Contiguous
        };
        assert_eq!(standing, expected, "{n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_takes_over_without_the_newest_events_is_seen() {
    let Some(primary) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    PostgresOptions::default()
        .migrate(&primary.url())
        .await
        .expect("made");
    let standby = tokio::task::block_in_place(|| primary.standby());
    let both = format!(
        "postgres://postgres@{},{}/postgres",
        standby.address(),
        primary.address()
    );
    let options = PostgresOptions::default().timeout(Duration::from_secs(2));
    let log = options
        .connect(&both)
        .await
        .expect("one of them is the primary");
    let kept = append(&log, "a", "kept").await;

    let admin = client(&standby).await;
    until("it is replicated", async || {
        text(&admin, "select coalesce(max(seq), 0)::text from sse_event").await == "1"
    })
    .await;
    // It is cut off, and the primary goes on.
    run(&admin, "alter system set primary_conninfo = ''").await;
    run(&admin, "select pg_reload_conf()").await;
    until("it follows nobody", async || {
        text(&admin, "select count(*)::text from pg_stat_wal_receiver").await == "0"
    })
    .await;
    let lost = append(&log, "a", "lost").await;
    assert_eq!(read(&log, "a", kept).await.next(), lost);
    tokio::task::block_in_place(|| primary.kill());
    run(&admin, "select pg_promote()").await;
    until("the log is there again", async || {
        log.health() == Health::Serving
    })
    .await;

    let other = append(&log, "a", "other").await;
    assert_eq!(other.seq(), lost.seq());
    assert_ne!(other, lost);
    assert_eq!(read(&log, "a", kept).await.standing(), Standing::Contiguous);
    assert_eq!(read(&log, "a", lost).await.standing(), Standing::Rewound);
    assert_eq!(all(&log, "a").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_refused_as_long_as_it_is_one() {
    let Some(primary) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    PostgresOptions::default()
        .migrate(&primary.url())
        .await
        .expect("made");
    let standby = tokio::task::block_in_place(|| primary.standby());
    let refused = PostgresLog::connect(&standby.url()).await;
    assert!(
        format!("{refused:?}").contains("does not allow writes"),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_made_anew_while_nodes_run_is_another() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    let begin_anew = [
        "truncate sse_channel, sse_event".to_owned(),
        format!(
            "drop schema public cascade; create schema public; {}",
            PostgresLog::migrations()
                .iter()
                .map(|it| it.sql)
                .collect::<String>()
        ),
    ];
    for sql in begin_anew {
        let mut before = vec![append(&log, "a", "1").await];
        before.push(append(&log, "a", "2").await);
        run(&client, &sql).await;
        for place in &before {
            assert_eq!(
                read(&log, "a", *place).await.standing(),
                Standing::UnknownEpoch
            );
        }
        let after = append(&log, "a", "new").await;
        assert!(!before.contains(&after));
        assert_eq!(all(&log, "a").await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_a_channel_that_somebody_deletes_are_not_given_again() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let client = client(&server).await;
    append(&log, "a", "1").await;
    let last = append(&log, "a", "2").await;
    run(&client, "delete from sse_channel").await;
    assert_eq!(
        text(&client, "select count(*)::text from sse_event").await,
        "0"
    );
    assert_eq!(end(&log, "a").await, last);
    let record = Record::new(b"data: 3\n").unwrap();
    let next = log.append(&channel("a"), &record).await.unwrap();
    assert_eq!(next.seq(), 3);
}
