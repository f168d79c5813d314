//! What every log holds, this one holds.

use std::time::Duration;

use sse_runtime::log::{Hints, PostgresOptions, conformance};
use tests::servers::{Postgres, PostgresSettings};

use crate::support;

async fn conforms(hints: Hints) {
    let Some(server) = Postgres::start(PostgresSettings::default()) else {
        return;
    };
    let log = support::log(&server, PostgresOptions::default().hints(hints)).await;
    let report = conformance::check(&log).await;
    assert!(report.is_conformant(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_listens_conforms() {
    conforms(Hints::Notify).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_polls_conforms() {
    conforms(Hints::Poll(Duration::from_millis(50))).await;
}
