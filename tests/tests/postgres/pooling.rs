//! pgbouncer between a node, or an application, and the server.

use std::time::Duration;

use sse_runtime::log::{
    Channels, ConnectError, EventLog, Hints, PostgresOptions, Watch, conformance,
};
use tests::servers::{PgBouncer, PoolMode, Postgres, PostgresSettings};
use tokio::time::timeout;
use tokio_postgres::NoTls;

use crate::support::{PATIENCE, channel, log, run};

/// A server with a log in it, and a pgbouncer in front of it.
async fn pooled(mode: PoolMode) -> Option<(Postgres, PgBouncer)> {
    let server = Postgres::start(PostgresSettings::default())?;
    let pool = PgBouncer::start(&server, mode)?;
    let options = PostgresOptions::default();
    options.migrate(&pool.url()).await.expect("it can be made");
    Some((server, pool))
}

async fn conforms(mode: PoolMode, hints: Hints) {
    let Some((_server, pool)) = pooled(mode).await else {
        return;
    };
    let options = PostgresOptions::default().hints(hints);
    let log = options.connect(&pool.url()).await.expect("it serves");
    let report = conformance::check(&log).await;
    assert!(report.is_conformant(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_polls_conforms_where_connections_are_of_a_transaction() {
    conforms(
        PoolMode::Transaction,
        Hints::Poll(Duration::from_millis(50)),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_listens_conforms_where_connections_are_of_a_session() {
    conforms(PoolMode::Session, Hints::Notify).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_listens_is_refused_where_connections_are_of_a_transaction() {
    let Some((_server, pool)) = pooled(PoolMode::Transaction).await else {
        return;
    };
    let options = PostgresOptions::default().timeout(Duration::from_millis(500));
    match options.connect(&pool.url()).await {
        Err(ConnectError::Refused { source, .. }) => {
            let why = source.to_string();
            assert!(why.contains("pgbouncer") && why.contains("Poll"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_appends_by_way_of_a_pool_is_heard() {
    let Some((server, pool)) = pooled(PoolMode::Transaction).await else {
        return;
    };
    let node = log(&server, PostgresOptions::default()).await;
    let connected = tokio_postgres::connect(&pool.url(), NoTls).await;
    let (application, connection) = connected.expect("it answers");
    tokio::spawn(connection);
    let mut watch = node.watch(&Channels::new([channel("a")]).unwrap());
    while timeout(Duration::from_millis(200), watch.changed())
        .await
        .is_ok()
    {}
    run(
        &application,
        "begin; select sse_append('a', null, 'x'); commit",
    )
    .await;
    timeout(PATIENCE, watch.changed()).await.expect("a hint");
}
