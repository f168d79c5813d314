//! The schema: made once, whoever makes it, and looked at by who connects.

use futures::future::join_all;
use sse_runtime::log::{ConnectError, EventLog, PostgresLog, PostgresOptions};
use tests::servers::{Postgres, PostgresSettings};
use tests::with_causes;

use crate::support::{all, append, client, run, text};

fn server() -> Option<Postgres> {
    Postgres::start(PostgresSettings::default())
}

/// Why it is refused, with the causes.
fn refused(answer: Result<PostgresLog, ConnectError>) -> String {
    match answer {
        Err(error @ ConnectError::Refused { .. }) => with_causes(&error),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_make_it_once() {
    let Some(server) = server() else {
        return;
    };
    let url = server.url();
    let options = PostgresOptions::default();
    let nodes = (0..5).map(|_| async {
        options.migrate(&url).await.expect("made");
        PostgresLog::connect(&url).await.expect("connected")
    });
    let nodes = join_all(nodes).await;
    let ids = join_all(nodes.iter().map(|log| append(log, "a", "x"))).await;
    assert!(ids.iter().all(|id| id.epoch() == ids[0].epoch()), "{ids:?}");
    options.migrate(&url).await.expect("nothing is left to do");
    assert_eq!(all(&nodes[0], "a").await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_tool_can_run_the_files() {
    let Some(server) = server() else {
        return;
    };
    let tool = client(&server).await;
    for migration in PostgresLog::migrations() {
        run(&tool, migration.sql).await;
    }
    let names: Vec<_> = PostgresLog::migrations().iter().map(|it| it.name).collect();
    assert!(
        names.is_sorted() && names[0].starts_with("0001_"),
        "{names:?}"
    );
    PostgresOptions::default()
        .migrate(&server.url())
        .await
        .expect("it is there");
    let log = PostgresLog::connect(&server.url())
        .await
        .expect("it is complete");
    append(&log, "a", "x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_log_says_what_to_run() {
    let Some(server) = server() else {
        return;
    };
    let why = refused(PostgresLog::connect(&server.url()).await);
    assert!(why.contains("PostgresOptions::migrate"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_restored_without_its_rows_says_so() {
    let Some(server) = server() else { return };
    PostgresOptions::default()
        .migrate(&server.url())
        .await
        .expect("made");
    run(&client(&server).await, "delete from sse_log").await;
    let why = refused(PostgresLog::connect(&server.url()).await);
    assert!(why.contains("the schema alone"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_another_version_says_what_to_do() {
    let Some(server) = server() else {
        return;
    };
    let url = server.url();
    PostgresOptions::default()
        .migrate(&url)
        .await
        .expect("made");
    let tool = client(&server).await;
    run(&tool, "update sse_log set version = 2").await;
    let why = refused(PostgresLog::connect(&url).await);
    assert!(
        why.contains("version 2") && why.contains("migrate"),
        "{why}"
    );

    // Newer, and it serves this one.
    run(&tool, "update sse_log set version = 100").await;
    drop(PostgresLog::connect(&url).await.expect("it is served"));
    run(&tool, "update sse_log set serves = 100").await;
    let why = refused(PostgresLog::connect(&url).await);
    assert!(
        why.contains("version 100") && why.contains("upgrade"),
        "{why}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_in_two_schemas_have_nothing_in_common() {
    let Some(server) = server() else {
        return;
    };
    let [a, b] = ["events", "Sse \"2\""].map(|name| PostgresOptions::default().namespace(name));
    let (a, b) = (
        crate::support::log(&server, a).await,
        crate::support::log(&server, b).await,
    );
    append(&a, "x", "of a").await;
    append(&b, "x", "of b").await;
    append(&b, "x", "of b").await;
    assert_eq!(all(&a, "x").await.len(), 1);
    assert_eq!(all(&b, "x").await.len(), 2);
    // From SQL, too, whatever path the application has.
    let application = client(&server).await;
    text(
        &application,
        "select events.sse_append('x', null, 'of an application')",
    )
    .await;
    assert_eq!(all(&a, "x").await.len(), 2);
    assert_eq!(
        text(&application, "select count(*)::text from events.sse_event").await,
        "2"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_rights_to_tables_of_others_needs_few() {
    let Some(server) = server() else {
        return;
    };
    let owner = client(&server).await;
    let options = PostgresOptions::default().namespace("events");
    options.migrate(&server.url()).await.expect("made");
    run(
        &owner,
        "create role app login; grant usage on schema events to app; \
         grant select, insert, update, delete on all tables in schema events to app",
    )
    .await;
    let url = server.url().replace("postgres@", "app@");
    let log = options.connect(&url).await.expect("it may");
    append(&log, "a", "x").await;
    let (application, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .expect("it may log in");
    tokio::spawn(connection);
    text(&application, "select events.sse_append('a', null, 'y')").await;
    run(
        &application,
        "select events.sse_retain(), events.sse_signal('a', null, 'z')",
    )
    .await;
    assert_eq!(all(&log, "a").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_stored_for_all_who_append() {
    let Some(server) = server() else {
        return;
    };
    let log = crate::support::log(&server, PostgresOptions::default().events(10)).await;
    let application = client(&server).await;
    for _ in 0..30 {
        run(&application, "select sse_append('a', null, 'x')").await;
    }
    let extent = log.extent(&crate::support::channel("a")).await.unwrap();
    let kept = extent.newest.seq() - extent.oldest.seq();
    assert!((10..=11).contains(&kept), "{kept}");
    // Who says nothing of it leaves it as it is.
    drop(
        PostgresLog::connect(&server.url())
            .await
            .expect("connected"),
    );
    assert_eq!(
        text(&application, "select events::text from sse_log").await,
        "10"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_where_nobody_notifies_is_told() {
    let Some(server) = server() else {
        return;
    };
    PostgresOptions::default()
        .migrate(&server.url())
        .await
        .expect("made");
    run(&client(&server).await, "update sse_log set notify = false").await;
    let why = refused(PostgresLog::connect(&server.url()).await);
    assert!(why.contains("poll"), "{why}");
}
