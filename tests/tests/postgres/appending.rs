//! Events that applications append, in transactions of their own.

use std::time::Duration;

use futures::future::join_all;
use sse_runtime::log::{
    AppendError, Channels, Cursor, EventLog, Hints, PostgresOptions, Record, Watch,
};
use tests::servers::{Postgres, PostgresSettings};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;

use crate::support::{PATIENCE, all, append, channel, client, end, log, read, run, text, with_log};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_there_when_its_transaction_commits() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    let start = end(&log, "orders").await;
    let mut watch = log.watch(&Channels::new([channel("orders")]).unwrap());
    timeout(PATIENCE, watch.changed())
        .await
        .expect("it is heard");
    run(
        &application,
        "create table orders (id int); begin; insert into orders values (1)",
    )
    .await;
    let id = text(
        &application,
        "select sse_append('orders', 'created', '{\"id\": 1}')",
    )
    .await;
    assert!(all(&log, "orders").await.is_empty());
    assert_eq!(end(&log, "orders").await, start);

    run(&application, "commit").await;
    timeout(PATIENCE, watch.changed())
        .await
        .expect("it is hinted");
    let event = "event: created\ndata: {\"id\": 1}\n".to_owned();
    assert_eq!(all(&log, "orders").await, [(id.clone(), event)]);
    assert_eq!(
        text(&application, "select sse_position('orders')").await,
        id
    );
    assert_eq!(read(&log, "orders", start).await.next().to_string(), id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_leaves_neither_event_nor_hole() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    let before = append(&log, "orders", "1").await;
    run(
        &application,
        "begin; select sse_append('orders', null, '2'); rollback",
    )
    .await;
    run(
        &application,
        "begin; savepoint a; select sse_append('orders', null, '2'); rollback to a; commit",
    )
    .await;
    let after = append(&log, "orders", "3").await;
    assert_eq!(after, Cursor::new(before.epoch(), before.seq() + 1));
    assert_eq!(all(&log, "orders").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_events_is_that_of_commits() {
    const EACH: usize = 20;
    let Some((server, log)) = with_log().await else {
        return;
    };
    let observer = client(&server).await;
    // A counter that each transaction raises once it has appended: so this is the order of commits.
    let tables = "create table counter (n int); insert into counter values (0); \
                  create table committed (n int, event text)";
    run(&observer, tables).await;
    let writers = (0..10).map(|writer| {
        let server = &server;
        async move {
            let application = client(server).await;
            for n in 0..EACH {
                let sql = format!(
                    "begin; select sse_append('orders', null, '{writer}.{n}'); \
                     update counter set n = n + 1; \
                     insert into committed select n, '{writer}.{n}' from counter; commit"
                );
                run(&application, &sql).await;
            }
        }
    });
    let writing = join_all(writers);
    // And a reader meanwhile, who never sees a number before the one before it.
    let start = end(&log, "orders").await;
    let reading = async {
        let (mut at, mut events) = (start, Vec::new());
        while events.len() < 10 * EACH {
            let page = read(&log, "orders", at).await;
            for (id, lines) in crate::support::lines(&page) {
                let data = lines.trim_start_matches("data: ").trim_end().to_owned();
                events.push(data);
                let number = events.len();
                assert!(
                    id.ends_with(&format!("-{number}")),
                    "{id} is number {number}"
                );
            }
            at = page.next();
        }
        events
    };
    let (_, events) = tokio::join!(writing, reading);
    let committed = "select string_agg(event, ' ' order by n) from committed";
    assert_eq!(events.join(" "), text(&observer, committed).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_of_one_snapshot_is_to_be_tried_again_after_another_append() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    for level in ["repeatable read", "serializable"] {
        let begin = format!("begin isolation level {level}; select 1");
        run(&application, &begin).await;
        append(&log, "orders", "before").await;
        let sql = "select sse_append('orders', null, 'after')";
        let error = application.batch_execute(sql).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE));
        run(&application, "rollback").await;
        run(&application, &format!("{begin}; {sql}; commit")).await;
    }
    let events = all(&log, "orders").await;
    let events: Vec<_> = events.iter().map(|(_, lines)| lines.as_str()).collect();
    assert_eq!(events, ["data: before\n", "data: after\n"].repeat(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_can_be_prepared_where_nobody_is_notified() {
    let settings = PostgresSettings {
        lines: vec!["max_prepared_transactions = 1".to_owned()],
        ..PostgresSettings::default()
    };
    let Some(server) = Postgres::start(settings) else {
        return;
    };
    let options = PostgresOptions::default().timeout(Duration::from_secs(2));
    let log = log(
        &server,
        options.hints(Hints::Poll(Duration::from_millis(50))),
    )
    .await;
    let application = client(&server).await;
    let append_one = "begin; select sse_append('orders', null, '1')";
    run(&application, append_one).await;
    let prepare = "prepare transaction 'orders'";
    let error = application.batch_execute(prepare).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::FEATURE_NOT_SUPPORTED));

    run(&application, "update sse_log set notify = false").await;
    run(&application, append_one).await;
    run(&application, prepare).await;
    assert!(all(&log, "orders").await.is_empty());
    // It holds the channel, though no session has it.
    let record = Record::new(b"data: 2\n").unwrap();
    let held = log.append(&channel("orders"), &record).await;
    assert!(matches!(held, Err(AppendError::Refused(_))), "{held:?}");
    run(&application, "commit prepared 'orders'").await;
    append(&log, "orders", "2").await;
    let events = all(&log, "orders").await;
    let events: Vec<_> = events.iter().map(|(_, lines)| lines.as_str()).collect();
    assert_eq!(events, ["data: 1\n", "data: 2\n"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_and_applications_append_to_one_order() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let other = crate::support::log(&server, sse_runtime::log::PostgresOptions::default()).await;
    let application = client(&server).await;
    let applications = async {
        for n in 0..50 {
            run(
                &application,
                &format!("select sse_append('orders', null, 'a{n}')"),
            )
            .await;
        }
    };
    let node = async |log, name: &str| {
        for n in 0..50 {
            append(log, "orders", &format!("{name}{n}")).await;
        }
    };
    tokio::join!(applications, node(&log, "b"), node(&other, "c"));
    let held = all(&log, "orders").await;
    assert_eq!(held.len(), 150);
    assert_eq!(held, all(&other, "orders").await);
    for writer in ["a", "b", "c"] {
        let own = held.iter().map(|(_, lines)| lines.as_str());
        let own: Vec<_> = own
            .filter(|it| it.starts_with(&format!("data: {writer}")))
            .collect();
        let expected: Vec<_> = (0..50).map(|n| format!("data: {writer}{n}\n")).collect();
        assert_eq!(own, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_decides_by_what_happened_is_told_that_more_has() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    let place = text(&application, "select sse_position('orders')").await;
    let first = format!("select sse_append_if('{place}', 'orders', null, '1')");
    let id = text(&application, &first).await;
    let moved = application.query(&first, &[]).await.unwrap_err();
    let moved = moved.as_db_error().expect("the server says so");
    assert_eq!(*moved.code(), SqlState::from_code("SSE02"));
    assert_eq!(moved.detail(), Some(id.as_str()));
    let second = format!("select sse_append_if('{id}', 'orders', null, '2')");
    text(&application, &second).await;
    assert_eq!(all(&log, "orders").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_with_a_key_is_one() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    let append = "select sse_append_once('order 4711', 'orders', 'created', '{}')";
    let id = text(&application, append).await;
    assert_eq!(text(&application, append).await, id);
    assert_eq!(all(&log, "orders").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_an_application_ends_is_over() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    let id = text(&application, "select sse_end('job', 'done', '42')").await;
    assert_eq!(text(&application, "select sse_end('job')").await, id);
    let extent = log.extent(&channel("job")).await.unwrap();
    assert!(extent.ended);
    assert_eq!(extent.newest.to_string(), id);
    let late = application
        .query("select sse_append('job', null, 'late')", &[])
        .await;
    assert_eq!(
        late.unwrap_err().code(),
        Some(&SqlState::from_code("SSE01"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_refused_with_what_to_do() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let application = client(&server).await;
    let long = "x".repeat(257);
    let mistakes = [
        (
            "sse_append('orders', E'a\\nid: 7', 'x')",
            "SSE04",
            "Leave it out",
        ),
        (
            "sse_append('orders', E'a\\rb', 'x')",
            "SSE04",
            "Leave it out",
        ),
        ("sse_append('orders', 'a', null)", "SSE04", "Give ''"),
        ("sse_append('', 'a', 'x')", "SSE04", "1 to 256 bytes"),
        ("sse_append(E'a\\nb', 'a', 'x')", "SSE04", "1 to 256 bytes"),
        ("sse_append(null, 'a', 'x')", "SSE04", "1 to 256 bytes"),
        (
            &format!("sse_append('{long}', 'a', 'x')"),
            "SSE04",
            "1 to 256 bytes",
        ),
        (
            "sse_append('orders', 'a', 'x', repeat('k', 1025))",
            "SSE04",
            "at most 1024",
        ),
        (
            "sse_append('orders', 'a', repeat('x', 1100000))",
            "SSE03",
            "max_record_bytes",
        ),
        (
            "sse_append_if('4711', 'orders', 'a', 'x')",
            "SSE04",
            "sse_position",
        ),
        (
            "sse_append_once('', 'orders', 'a', 'x')",
            "SSE04",
            "1 to 512 bytes",
        ),
    ];
    for (call, code, advice) in mistakes {
        let error = application.query(&format!("select {call}"), &[]).await;
        let error = error.expect_err(call);
        let error = error.as_db_error().expect("the server says so");
        assert_eq!(error.code().code(), code, "{call}: {error}");
        let hint = error.hint().unwrap_or_default();
        assert!(hint.contains(advice), "{call}: {hint}");
    }
    assert!(!log.extent(&channel("orders")).await.unwrap().exists);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_all_channels_first_waits_for_nobody_who_waits_for_them() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let both = [("a", "b"), ("b", "a")].map(|(first, second)| {
        let server = &server;
        async move {
            let application = client(server).await;
            for _ in 0..20 {
                let sql = format!(
                    "begin; select sse_lock('{first}', '{second}'); \
                     select sse_append('{first}', null, 'x'), sse_append('{second}', null, 'x'); commit"
                );
                run(&application, &sql).await;
            }
        }
    });
    join_all(both).await;
    assert_eq!(all(&log, "a").await.len(), 40);
    assert_eq!(all(&log, "b").await.len(), 40);
}
