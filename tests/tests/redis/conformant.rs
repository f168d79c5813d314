//! The suite.

use sse_runtime::log::conformance::{Finding, Outcome, check};
use sse_runtime::log::{RedisLog, RedisOptions};
use tests::servers::{Redis, RedisSettings};

#[tokio::test(flavor = "multi_thread")]
async fn it_lacks_nothing_and_holds_everything() {
    let Some(redis) = Redis::start(RedisSettings::default()) else {
        return;
    };
    let log = RedisLog::connect(&redis.url()).await.unwrap();
    let report = check(&log).await;
    let holds = |finding: &Finding| *finding.outcome() == Outcome::Holds;
    assert!(report.findings().iter().all(holds), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_keeps_little_holds_everything_too() {
    let Some(redis) = Redis::start(RedisSettings::default()) else {
        return;
    };
    let options = RedisOptions::default().events(100).namespace("a:{}%");
    let log = options.connect(&redis.url()).await.unwrap();
    let report = check(&log).await;
    assert!(report.is_conformant(), "{report}");
}
