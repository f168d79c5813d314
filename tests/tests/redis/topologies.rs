//! The suite, wherever the channels lie.

use crate::refusals::{RULES, acl};
use sse_runtime::log::RedisLog;
use sse_runtime::log::RedisOptions;
use sse_runtime::log::conformance::{Finding, Outcome, check};
use tests::servers::{Acl, Certificates, Redis, RedisCluster, RedisSettings, Sentinel};

async fn holds_everything(log: &RedisLog) {
    let report = check(log).await;
    let holds = |finding: &Finding| *finding.outcome() == Outcome::Holds;
    assert!(report.findings().iter().all(holds), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_holds_everything() {
    let Some(cluster) = RedisCluster::start(0, &RedisSettings::default()) else {
        return;
    };
    let log = RedisLog::connect(&cluster.url()).await.unwrap();
    holds_everything(&log).await;
    for node in cluster.nodes() {
        assert!(node.ask::<usize>("DBSIZE") > 10, "each has its share");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sentinels_name_holds_everything() {
    let Some(sentinel) = Sentinel::start(&RedisSettings::default()) else {
        return;
    };
    let log = RedisLog::connect(&sentinel.url()).await.unwrap();
    holds_everything(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_tls_and_a_user_who_may_little_it_holds_everything() {
    let settings = RedisSettings {
        password: Some("of-all".to_owned()),
        acl: Some(Acl {
            user: "node".to_owned(),
            password: "of-node".to_owned(),
            rules: "~{sse:* &{sse:* +@all".to_owned(),
        }),
        tls: Some(Certificates::new()),
        ..RedisSettings::default()
    };
    let Some(redis) = Redis::start(settings) else {
        return;
    };
    let options = RedisOptions::default().root_certificates(redis.authority());
    let log = options.connect(&redis.url()).await.unwrap();
    holds_everything(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_may_what_the_docs_say_may_do_all_in_a_cluster() {
    let settings = RedisSettings {
        acl: acl(&format!("{RULES} +cluster|slots +asking")),
        ..RedisSettings::default()
    };
    let Some(cluster) = RedisCluster::start(0, &settings) else {
        return;
    };
    let log = RedisLog::connect(&cluster.url()).await.unwrap();
    holds_everything(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_may_what_the_docs_say_may_do_all_behind_sentinels() {
    let settings = RedisSettings {
        acl: acl(&format!("{RULES} +role")),
        ..RedisSettings::default()
    };
    let Some(sentinel) = Sentinel::start(&settings) else {
        return;
    };
    let log = RedisLog::connect(&sentinel.url()).await.unwrap();
    holds_everything(&log).await;
}
