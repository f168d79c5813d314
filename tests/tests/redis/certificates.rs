//! Who shows which certificate, and who believes it.

use std::path::Path;

use sse_runtime::log::*;
use tests::servers::{Certificates, Redis, RedisCluster, RedisSettings, Sentinel, Server};
use tests::trust::{self, Named};

use crate::support::*;

async fn connect(url: &str, named: Named) -> Result<(), ConnectError> {
    let mut options = RedisOptions::default()
        .timeout(trust::TIMEOUT)
        .root_certificates(named.roots);
    if let Some((certificate, key)) = named.client {
        options = options.client_certificate(certificate, key);
    }
    let log = options.connect(url).await?;
    append(&log, [1]).await;
    Ok(())
}

fn tls(certificates: Certificates) -> RedisSettings {
    RedisSettings {
        tls: Some(certificates),
        ..RedisSettings::default()
    }
}

async fn only_who_has_a_certificate_is_let_in(url: &str, directory: &Path) {
    let connect = async |named| connect(url, named).await;
    trust::only_who_has_a_certificate_is_let_in(directory, connect).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_clients_for_a_certificate_lets_in_who_has_one() {
    let redis = redis!(tls: Some(Certificates::new().asking_clients()));
    only_who_has_a_certificate_is_let_in(&redis.url(), redis.daemon().directory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_an_older_tls_that_asks_clients_for_a_certificate_lets_in_who_has_one() {
    let redis = redis!(
        tls: Some(Certificates::new().asking_clients()),
        lines: vec!["tls-protocols \"TLSv1.2\"".to_owned()],
    );
    only_who_has_a_certificate_is_let_in(&redis.url(), redis.daemon().directory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_asks_clients_for_a_certificate_lets_in_who_has_one() {
    let settings = tls(Certificates::new().asking_clients());
    let Some(cluster) = RedisCluster::start(0, &settings) else {
        return;
    };
    let directory = cluster.node(0).daemon().directory();
    only_who_has_a_certificate_is_let_in(&cluster.url(), directory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_that_ask_clients_for_a_certificate_let_in_who_has_one() {
    let Some(sentinel) = Sentinel::start(&tls(Certificates::new().asking_clients())) else {
        return;
    };
    let directory = sentinel.nodes()[0].daemon().directory();
    only_who_has_a_certificate_is_let_in(&sentinel.url(), directory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_has_expired_or_is_of_another_host_is_not_trusted() {
    for (certificates, words) in [
        (Certificates::expired(), ["expired", "renew it"]),
        (
            Certificates::of_another_host(),
            ["elsewhere.test", "127.0.0.1"],
        ),
    ] {
        let Some(redis) = Redis::start(tls(certificates)) else {
            return;
        };
        let connect = async |named| connect(&redis.url(), named).await;
        trust::is_distrusted(redis.daemon().directory(), connect, &words).await;
    }
}

#[tokio::test]
async fn files_that_are_of_no_use_are_named() {
    let connect = async |named| connect("rediss://127.0.0.1:1", named).await;
    trust::files_that_are_of_no_use_are_named(connect).await;
}

#[tokio::test]
async fn certificates_want_a_url_that_asks_for_tls() {
    for url in [
        "redis://127.0.0.1:1",
        "redis+cluster://127.0.0.1:1",
        "redis+sentinel://127.0.0.1:1/orders",
        "unix:///nowhere",
    ] {
        let error = RedisOptions::default()
            .client_certificate("client.pem", "client.key")
            .connect(url)
            .await
            .unwrap_err();
        assert!(matches!(error, ConnectError::InvalidUrl(_)), "{error:?}");
    }
}
