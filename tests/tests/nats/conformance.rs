use sse_runtime::log::conformance;

use super::{options, server};

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_nats_is_conformant() {
    let Some(nats) = server() else { return };
    let log = options().connect(&nats.url()).await.unwrap();
    let report = conformance::check(&log).await;
    println!("{report}");
    assert!(report.is_conformant(), "{report}");
}
