//! A server that goes, and comes back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sse_runtime::log::{
    AppendError, Channels, ConnectError, EventLog, Health, PostgresLog, PostgresOptions, ReadError,
    Record, Watch,
};
use tests::Proxy;
use tests::servers::{Disk, Postgres, PostgresSettings, Server};
use tokio::time::timeout;

use crate::support::{PATIENCE, all, append, channel, client, log, run, text, until, with_log};

fn is_serving(log: &PostgresLog) -> bool {
    log.health() == Health::Serving
}

/// Whether it answers, and says so.
async fn serves(log: &PostgresLog) -> bool {
    let record = Record::new(b"data: x\n").unwrap();
    let channel = channel("a");
    let appended = log.append(&channel, &record).await;
    appended.is_ok() && log.extent(&channel).await.is_ok() && is_serving(log)
}

/// Publishes numbers until told to stop. Returns those that were appended, and those that may have been.
async fn publish(log: &PostgresLog, stop: &AtomicBool) -> (Vec<u32>, Vec<u32>) {
    let (mut appended, mut unanswered) = (Vec::new(), Vec::new());
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let lines = format!("data: {n}\n");
        let record = Record::new(lines.as_bytes()).unwrap();
        match log.append(&channel("a"), &record).await {
            Ok(_) => appended.push(n),
            Err(error) if error.may_be_written() => unanswered.push(n),
            Err(AppendError::Refused(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
            Err(other) => panic!("{other:?}"),
        }
    }
    (appended, unanswered)
}

/// What a fault does to the server while it is appended to: what was appended is there once and in its order,
/// what was refused is not, and watches go on.
async fn nothing_is_lost_or_doubled(lines: &[&str], fault: impl Fn(&Postgres)) {
    let settings = PostgresSettings {
        lines: lines.iter().map(|&line| line.to_owned()).collect(),
        ..PostgresSettings::default()
    };
    let Some(server) = Postgres::start(settings) else {
        return;
    };
    let options = PostgresOptions::default()
        .timeout(Duration::from_secs(2))
        .events(1_000_000);
    let log = log(&server, options).await;
    let mut watch = log.watch(&Channels::new([channel("a")]).unwrap());
    let stop = AtomicBool::new(false);
    let faults = async {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tokio::task::block_in_place(|| fault(&server));
            until("it serves again", async || is_serving(&log)).await;
        }
        stop.store(true, Ordering::Relaxed);
    };
    let ((appended, unanswered), ()) = tokio::join!(publish(&log, &stop), faults);
    let held: Vec<u32> = (all(&log, "a").await.iter())
        .map(|(_, lines)| lines.trim_start_matches("data: ").trim().parse().unwrap())
        .collect();
    assert!(held.is_sorted_by(|a, b| a < b), "out of order, or twice");
    assert!(!appended.is_empty());
    assert!(appended.iter().all(|n| held.contains(n)), "one is lost");
    let known = |n: &u32| appended.contains(n) || unanswered.contains(n);
    assert!(held.iter().all(known), "one was refused, and is there");

    // Hints come over the new connection.
    while timeout(Duration::from_millis(500), watch.changed())
        .await
        .is_ok()
    {}
    append(&log, "a", "9999999").await;
    timeout(PATIENCE, watch.changed()).await.expect("a hint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing() {
    nothing_is_lost_or_doubled(&[], Postgres::restart).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loses_nothing() {
    nothing_is_lost_or_doubled(&[], |server| {
        server.kill();
        server.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loses_nothing_where_applications_do_not_wait_for_the_disk() {
    nothing_is_lost_or_doubled(&["synchronous_commit = off"], |server| {
        server.kill();
        server.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_away_the_log_says_so_and_answers_at_once() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    append(&log, "a", "1").await;
    tokio::task::block_in_place(|| server.stop());
    until("it is noticed", async || !is_serving(&log)).await;
    let record = Record::new(b"data: x\n").unwrap();
    let answer = timeout(Duration::from_secs(1), log.append(&channel("a"), &record)).await;
    assert!(
        matches!(answer, Ok(Err(AppendError::Refused(_)))),
        "{answer:?}"
    );
    let answer = timeout(Duration::from_secs(1), log.extent(&channel("a"))).await;
    assert!(
        matches!(answer, Ok(Err(ReadError::Unavailable(_)))),
        "{answer:?}"
    );
    let Health::Impaired { reason } = log.health() else {
        panic!("it serves");
    };
    assert!(reason.starts_with("postgres: "), "{reason}");
    tokio::task::block_in_place(|| server.restart());
    until("it serves again", async || serves(&log).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_in_time_may_have_been_one() {
    let Some(server) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let options = PostgresOptions::default().timeout(Duration::from_millis(500));
    options.migrate(&server.url()).await.expect("made");
    let proxy = Proxy::start(server.address()).await;
    let log = options
        .connect(&server.url_at(proxy.address()))
        .await
        .expect("connected");
    append(&log, "a", "1").await;
    proxy.black_hole();
    let record = Record::new(b"data: x\n").unwrap();
    let answer = log.append(&channel("a"), &record).await;
    assert!(answer.is_err_and(|error| error.may_be_written()));
    assert!(matches!(
        log.extent(&channel("a")).await,
        Err(ReadError::Unavailable(_))
    ));
    proxy.pass();
    proxy.cut();
    until("it serves again", async || serves(&log).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_written_to_refuses() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let start = append(&log, "a", "1").await;
    let admin = client(&server).await;
    run(
        &admin,
        "alter system set default_transaction_read_only = on",
    )
    .await;
    run(&admin, "select pg_reload_conf()").await;
    let record = Record::new(b"data: x\n").unwrap();
    until("it is refused", async || {
        matches!(
            log.append(&channel("a"), &record).await,
            Err(AppendError::Refused(_))
        )
    })
    .await;
    assert!(matches!(log.health(), Health::Impaired { .. }));
    // Those who read go on.
    crate::support::read(&log, "a", start).await;
    let refused = PostgresLog::connect(&server.url()).await;
    assert!(
        matches!(refused, Err(ConnectError::Refused { .. })),
        "{refused:?}"
    );

    run(&admin, "set default_transaction_read_only = off").await;
    run(&admin, "alter system reset default_transaction_read_only").await;
    run(&admin, "select pg_reload_conf()").await;
    until("it serves again", async || serves(&log).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_refuses_until_there_is_room() {
    let Some(disk) = Disk::of_mib(4) else { return };
    let Some((server, log)) = with_log().await else {
        return;
    };
    let admin = client(&server).await;
    let place = server.place_on(&disk);
    let space = format!("create tablespace small location '{place}'");
    run(&admin, &space).await;
    run(&admin, "alter table sse_event set tablespace small").await;
    disk.fill();
    let data = "x".repeat(2000);
    let lines = format!("data: {data}\n");
    let record = Record::new(lines.as_bytes()).unwrap();
    let mut appended = 0;
    let error = loop {
        match log.append(&channel("a"), &record).await {
            Ok(_) => appended += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, AppendError::Refused(_)), "{error:?}");
    let why = tests::with_causes(&error);
    assert!(why.contains("No space left on device"), "{why}");
    assert!(!is_serving(&log));
    assert_eq!(all(&log, "a").await.len(), appended);

    disk.make_room();
    until("it serves again", async || serves(&log).await).await;
    assert_eq!(append(&log, "b", &data).await.seq(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_cannot_do_is_refused_with_its_words() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let admin = client(&server).await;
    // What a full disk is to who appends.
    let full = "create function full_disk() returns trigger language plpgsql as $$ begin \
                raise exception 'No space left on device' using errcode = '53100'; end $$; \
                create trigger full_disk before insert on sse_event execute function full_disk()";
    run(&admin, full).await;
    let record = Record::new(b"data: x\n").unwrap();
    match log.append(&channel("a"), &record).await {
        Err(AppendError::Refused(why)) => {
            let why = why.to_string();
            assert!(
                why.contains("No space left") && why.contains("53100"),
                "{why}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(!is_serving(&log));
    run(&admin, "drop function full_disk cascade").await;
    assert!(serves(&log).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_connection_the_server_ends_may_have_been_written() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let (admin, application) = (client(&server).await, client(&server).await);
    run(&application, "begin; select sse_append('a', null, 'x')").await;
    let (record, held) = (Record::new(b"data: x\n").unwrap(), channel("a"));
    let appending = log.append(&held, &record);
    let ending = until("it waits, and is ended", async || {
        let end = "select count(pg_terminate_backend(pid))::text from pg_stat_activity \
                   where application_name = 'sse' and wait_event_type = 'Lock'";
        text(&admin, end).await == "1"
    });
    let (answer, ()) = tokio::join!(appending, ending);
    assert!(
        matches!(answer, Err(AppendError::Unanswered(_))),
        "{answer:?}"
    );
    run(&application, "commit").await;
    until("it serves again", async || serves(&log).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_stricter_isolation_serves() {
    let settings = PostgresSettings {
        lines: vec!["default_transaction_isolation = 'serializable'".to_owned()],
        ..PostgresSettings::default()
    };
    let Some(server) = Postgres::start(settings) else {
        return;
    };
    let nodes = [(); 2].map(|()| log(&server, PostgresOptions::default()));
    let [a, b] = nodes;
    let (a, b) = (a.await, b.await);
    let write = async |log: &PostgresLog| {
        for n in 0..100 {
            append(log, "a", &n.to_string()).await;
        }
    };
    tokio::join!(write(&a), write(&b));
    assert_eq!(all(&a, "a").await.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_whose_idle_sessions_are_ended_serves() {
    let Some((server, first)) = with_log().await else {
        return;
    };
    drop(first);
    let admin = client(&server).await;
    let role = "alter role postgres set idle_session_timeout = '200ms'";
    run(&admin, role).await;
    let log = log(&server, PostgresOptions::default()).await;
    let connections = "select string_agg(pid::text, ' ' order by pid) from pg_stat_activity \
                       where application_name = 'sse'";
    let before = text(&admin, connections).await;
    run(&admin, "select pg_sleep(1)").await;
    assert_eq!(text(&admin, connections).await, before);
    assert!(serves(&log).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_listens_it_is_unreachable_and_no_password_is_told() {
    let options = PostgresOptions::default().timeout(Duration::from_millis(500));
    // Port 1: nothing of ours.
    let url = "postgres://me:secret@127.0.0.1:1/db";
    let error = options.connect(url).await.expect_err("nobody is there");
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains("secret"));

    let settings = PostgresSettings {
        password: Some("of-postgres".to_owned()),
        ..PostgresSettings::default()
    };
    let Some(server) = Postgres::start(settings) else {
        return;
    };
    let wrong = server.url().replace("of-postgres", "secret");
    let error = PostgresLog::connect(&wrong).await.expect_err("it is wrong");
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("secret"));
    let without = server.url().replace(":of-postgres", "");
    let error = PostgresLog::connect(&without)
        .await
        .expect_err("it wants one");
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    PostgresOptions::default()
        .migrate(&server.url())
        .await
        .expect("it is right");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_has_five_connections_whatever_it_does_and_none_when_it_is_dropped() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let admin = client(&server).await;
    let count = "select count(*)::text from pg_stat_activity where application_name = 'sse'";
    assert_eq!(text(&admin, count).await, "5");
    let channels: Vec<_> = (0..200).map(|n| channel(&format!("n{n}"))).collect();
    let watches: Vec<_> = (channels.iter())
        .map(|name| log.watch(&Channels::new([name.clone()]).unwrap()))
        .collect();
    futures::future::join_all((0..200).map(|n| {
        let log = &log;
        async move {
            append(log, &format!("n{n}"), "x").await;
            all(log, &format!("n{n}")).await
        }
    }))
    .await;
    assert_eq!(text(&admin, count).await, "5");
    drop(watches);
    drop(log);
    until("they are closed", async || text(&admin, count).await == "0").await;
}
