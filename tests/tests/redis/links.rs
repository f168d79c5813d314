//! Connections that are lost, slow, or silent.

use std::time::Duration;

use sse_runtime::log::*;
use tests::servers::Server;
use tests::{Proxy, servers::Redis};
use tokio::time::Instant;

use crate::support::*;

/// The ids of those connections that are subscribed, or are not.
fn clients(redis: &Redis, subscribed: bool) -> Vec<String> {
    let clients: String = redis.ask("CLIENT LIST");
    let ours = clients.lines().filter(|line| !line.contains("/redis.sock"));
    let chosen = ours.filter(|line| line.contains(" ssub=0 ") != subscribed);
    let id = |line: &str| {
        line.split(' ')
            .find_map(|it| it.strip_prefix("id=").map(str::to_owned))
    };
    chosen.filter_map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_asks_is_made_again() {
    let redis = redis!();
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    for id in clients(&redis, false) {
        let _: u8 = redis.ask(&format!("CLIENT KILL ID {id}"));
    }
    impairment(&log).await;
    append_when_it_can(&log, 2).await;
    until_serving(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_is_hinted_again_after_the_connection_that_hears_was_lost() {
    let redis = redis!();
    let (log, other) = (log_of(&redis).await, log_of(&redis).await);
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let lost = clients(&redis, true);
    for id in &lost {
        let _: u8 = redis.ask(&format!("CLIENT KILL ID {id}"));
    }
    until("it subscribes", async || !clients(&redis, true).is_empty()).await;
    assert_ne!(clients(&redis, true), lost);
    let start = end(&log).await;
    append(&other, [1]).await;
    hint(&mut watch).await;
    until("it is read", async || {
        numbers(&read(&log, start).await) == [1]
    })
    .await;
    until_serving(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_slow_may_have_written() {
    let redis = redis!();
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    let () = redis.ask("CLIENT PAUSE 700 ALL");
    let began = Instant::now();
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    assert!(began.elapsed() >= Duration::from_millis(500));
    // And here it has.
    until("it is there", async || {
        let extent = log.extent(&room()).await;
        extent.is_ok_and(|extent| extent.newest.seq() == 2)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_silent_is_given_up_and_what_follows_is_refused_at_once() {
    let redis = redis!();
    let proxy = Proxy::start(redis.address()).await;
    let log = options()
        .connect(&redis.url_at(proxy.address()))
        .await
        .unwrap();
    append(&log, [1]).await;
    proxy.black_hole();
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    until("it is given up", async || {
        let began = Instant::now();
        let error = try_append(&log, 3).await.unwrap_err();
        let at_once = began.elapsed() < Duration::from_millis(100);
        at_once && !error.may_be_written()
    })
    .await;
    let error = log.extent(&room()).await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable(_)), "{error:?}");
    proxy.pass();
    let place = append_when_it_can(&log, 4).await;
    assert_eq!(end(&log).await, place);
    until_serving(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_refuses_at_once_and_is_found_again() {
    let redis = redis!(append: tests::servers::Append::Always);
    let log = log_of(&redis).await;
    let mut watch = watch(&log);
    let places = append(&log, [1]).await;
    redis.stop();
    let reason = impairment(&log).await;
    assert!(
        reason.contains("closed") || reason.contains("connect"),
        "{reason}"
    );
    until("nobody is there", async || {
        let error = try_append(&log, 2).await.unwrap_err();
        with_causes(&error).contains("cannot connect")
    })
    .await;
    redis.restart();
    append_when_it_can(&log, 3).await;
    until_serving(&log).await;
    hint(&mut watch).await;
    assert_eq!(numbers(&read(&log, places[0]).await), [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_connected_says_why() {
    for url in [
        "",
        "redis",
        "http://localhost",
        "redis://:secret@local host",
    ] {
        let error = options().connect(url).await.unwrap_err();
        assert!(
            matches!(error, ConnectError::InvalidUrl(_)),
            "{url}: {error:?}"
        );
        assert!(
            !with_causes(&error).contains("secret"),
            "{}",
            with_causes(&error)
        );
    }

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    let url = format!("redis://:secret@{address}");
    let silent = options().connect(&url).await.unwrap_err();
    drop(nobody);
    let refused = options().connect(&url).await.unwrap_err();
    for error in [silent, refused] {
        assert!(
            matches!(error, ConnectError::Unreachable { .. }),
            "{error:?}"
        );
        assert!(
            with_causes(&error).contains(&address.to_string()),
            "{}",
            with_causes(&error)
        );
        assert!(
            !with_causes(&error).contains("secret"),
            "{}",
            with_causes(&error)
        );
    }

    let redis = redis!(password: Some("right".into()));
    let url = format!("redis://:wrong@{}", redis.address());
    for url in [url, format!("redis://{}", redis.address())] {
        let error = options().connect(&url).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        assert!(
            !with_causes(&error).contains("wrong"),
            "{}",
            with_causes(&error)
        );
    }
    log_of(&redis).await;
}
