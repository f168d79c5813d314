//! Who is let in, and whom a log trusts.

use sse_runtime::log::*;
use tests::servers::{Certificates, Redis, RedisCluster, RedisSettings, Sentinel, Server};

use crate::support::*;

fn guarded() -> RedisSettings {
    RedisSettings {
        password: Some("right".to_owned()),
        tls: Some(Certificates::new()),
        ..RedisSettings::default()
    }
}

async fn is_refused(log: RedisOptions, url: &str) {
    let error = log.connect(url).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert!(
        !with_causes(&error).contains("wrong"),
        "{}",
        with_causes(&error)
    );
}

async fn is_unreachable(log: RedisOptions, url: &str) {
    let error = log.connect(url).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(
        !with_causes(&error).contains("right"),
        "{}",
        with_causes(&error)
    );
}

/// What must be so of every kind of URL; the second trusts whoever signed for the servers.
async fn only_who_is_known_is_let_in(url: &str, trusting: RedisOptions, stranger: &Redis) {
    let log = trusting.clone().connect(url).await.unwrap();
    append(&log, [1]).await;
    is_refused(trusting.clone(), &url.replace("right", "wrong")).await;
    is_refused(trusting.clone(), &url.replace(":right@", "")).await;
    // Of a certificate that this log has no reason to trust.
    let strange = RedisOptions::default().root_certificates(stranger.authority());
    for distrusting in [RedisOptions::default(), strange] {
        let error = distrusting.connect(url).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        let why = with_causes(&error);
        assert!(why.contains("`root_certificates`"), "{why}");
        assert!(!why.contains("right"), "{why}");
    }
    // Without TLS.
    is_unreachable(RedisOptions::default(), &url.replace("rediss", "redis")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_and_a_log_know_each_other() {
    let (redis, stranger) = (redis_of(guarded()), redis_of(guarded()));
    let (Some(redis), Some(stranger)) = (redis, stranger) else {
        return;
    };
    let trusting = RedisOptions::default().root_certificates(redis.authority());
    only_who_is_known_is_let_in(&redis.url(), trusting, &stranger).await;
}

fn redis_of(settings: RedisSettings) -> Option<Redis> {
    Redis::start(settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_and_a_log_know_each_other() {
    let Some(cluster) = RedisCluster::start(0, &guarded()) else {
        return;
    };
    let stranger = redis_of(guarded()).unwrap();
    let trusting = RedisOptions::default().root_certificates(cluster.node(0).authority());
    only_who_is_known_is_let_in(&cluster.url(), trusting, &stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_a_primary_and_a_log_know_each_other() {
    let Some(sentinel) = Sentinel::start(&guarded()) else {
        return;
    };
    let stranger = redis_of(guarded()).unwrap();
    let trusting = RedisOptions::default().root_certificates(sentinel.nodes()[0].authority());
    only_who_is_known_is_let_in(&sentinel.url(), trusting, &stranger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_no_sentinel_knows_is_not_found() {
    let Some(sentinel) = Sentinel::start(&RedisSettings::default()) else {
        return;
    };
    is_unreachable(
        RedisOptions::default(),
        &sentinel.url().replace("orders", "others"),
    )
    .await;
    for sentinel in sentinel.sentinels() {
        sentinel.kill();
    }
    is_unreachable(RedisOptions::default(), &sentinel.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_alone_is_no_cluster_and_a_cluster_is_no_server_that_stands_alone() {
    let Some(redis) = redis_of(RedisSettings::default()) else {
        return;
    };
    is_refused(
        RedisOptions::default(),
        &redis.url().replace("redis:", "redis+cluster:"),
    )
    .await;
    let cluster = RedisCluster::start(0, &RedisSettings::default()).unwrap();
    for node in cluster.nodes() {
        let found = RedisOptions::default().connect(&node.url()).await;
        if let Err(error) = found {
            assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        }
    }
}
