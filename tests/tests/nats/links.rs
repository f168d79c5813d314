//! Connections that are lost, slow, or silent.

use std::time::Duration;

use sse_runtime::log::*;
use tests::Proxy;
use tests::servers::Server;
use tokio::time::Instant;

use crate::support::*;

async fn by_way_of(proxy: &Proxy, nats: &tests::servers::Nats) -> NatsLog {
    let url = nats.url_at(proxy.address());
    let options = options().timeout(Duration::from_millis(900));
    options.connect(&url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_is_made_again_and_nothing_is_missed() {
    let nats = nats!();
    let proxy = Proxy::start(nats.address()).await;
    let (log, other) = (by_way_of(&proxy, &nats).await, log_of(&nats).await);
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let places = append(&log, [1]).await;
    proxy.cut();
    append(&other, [2]).await;
    hint(&mut watch).await;
    eventually(async || {
        let page = log.read_after(&room(), places[0], Limit::default()).await;
        (numbers(&page.ok()?) == [2]).then_some(())
    })
    .await;
    append_when_it_can(&log, 3).await;
    until_serving(&log).await;
    assert_eq!(all(&log).await, [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_not_appended_later() {
    let nats = nats!();
    let proxy = Proxy::start(nats.address()).await;
    let log = by_way_of(&proxy, &nats).await;
    append(&log, [1]).await;
    proxy.refuse();
    proxy.cut();
    impairment(&log).await;
    let mut refused = 0;
    for n in 100..150 {
        let error = try_append(&log, n).await.unwrap_err();
        if !error.may_be_written() {
            refused += 1;
        }
    }
    assert!(refused >= 49, "{refused}");
    proxy.pass();
    append_when_it_can(&log, 2).await;
    append(&log, [3]).await;
    let all = all(&log).await;
    let late = all.iter().filter(|n| **n >= 100).count();
    assert!(late <= 50 - refused, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_connection_still_had_to_send_goes_with_it() {
    let nats = nats!();
    let proxy = Proxy::start(nats.address()).await;
    let log = by_way_of(&proxy, &nats).await;
    append(&log, [1]).await;
    proxy.black_hole();
    let began = Instant::now();
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(2));
    impairment(&log).await;
    // What the hole holds back comes never.
    proxy.cut();
    proxy.pass();
    append_when_it_can(&log, 3).await;
    until_serving(&log).await;
    let all = all(&log).await;
    assert!(all == [1, 3] || all == [1, 2, 3], "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_silent_is_given_up_and_what_follows_is_refused_at_once() {
    let nats = nats!();
    let proxy = Proxy::start(nats.address()).await;
    let log = by_way_of(&proxy, &nats).await;
    append(&log, [1]).await;
    proxy.black_hole();
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    eventually(async || {
        let began = Instant::now();
        let error = try_append(&log, 3).await.unwrap_err();
        let at_once = began.elapsed() < Duration::from_millis(100);
        (at_once && !error.may_be_written()).then_some(())
    })
    .await;
    let error = log.extent(&room()).await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable(_)), "{error:?}");
    proxy.pass();
    append_when_it_can(&log, 4).await;
    until_serving(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_slow_may_have_written() {
    let nats = nats!();
    let proxy = Proxy::start(nats.address()).await;
    let log = by_way_of(&proxy, &nats).await;
    append(&log, [1]).await;
    proxy.delay(Duration::from_millis(500));
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    proxy.delay(Duration::ZERO);
    // And here it has.
    eventually(async || {
        let extent = log.extent(&room()).await.ok()?;
        let page = log
            .read_after(&room(), extent.oldest, Limit::default())
            .await;
        (numbers(&page.ok()?) == [1, 2]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_keeps_all_and_nobody_has_a_gap() {
    let nats = nats!();
    let options = options().events(1_000_000);
    let log = options.clone().connect(&nats.url()).await.unwrap();
    let reader = options.connect(&nats.url()).await.unwrap();
    let start = end(&log).await;
    let fail = tokio::task::spawn_blocking(move || {
        for kill in [false, true] {
            std::thread::sleep(Duration::from_millis(100));
            match kill {
                true => nats.kill(),
                false => nats.stop(),
            }
            nats.restart();
        }
        nats
    });
    let mut written = Vec::new();
    let mut n = 0;
    while !fail.is_finished() || n < 300 {
        // What may be written is not tried again.
        match try_append(&log, n).await {
            Ok(place) => written.push((place, n)),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
        n += 1;
    }
    let _nats = fail.await.unwrap();
    assert!(written.len() > 50, "{}", written.len());
    until_serving(&reader).await;
    let mut at = start;
    let mut seen = Vec::new();
    loop {
        let page = read(&reader, at).await;
        assert_eq!(page.standing(), Standing::Contiguous);
        let entries = page.runs().flat_map(Run::entries);
        seen.extend(entries.map(|entry| entry.cursor()).zip(numbers(&page)));
        at = page.next();
        if !page.has_more() {
            break;
        }
    }
    let answered: Vec<_> = seen
        .iter()
        .filter(|it| written.contains(it))
        .copied()
        .collect();
    assert_eq!(answered, written);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_connected_says_why() {
    for url in [
        "",
        "redis://:secret@localhost",
        "nats://ann:secret@local host",
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
    let url = format!("nats://ann:secret@{address}");
    let silent = options().timeout(Duration::from_millis(200)).connect(&url);
    let silent = silent.await.unwrap_err();
    drop(nobody);
    let refused = options().connect(&url).await.unwrap_err();
    for error in [silent, refused] {
        assert!(
            matches!(error, ConnectError::Unreachable { .. }),
            "{error:?}"
        );
        let told = with_causes(&error);
        assert!(
            told.contains(&address.to_string()) && !told.contains("secret"),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_of_the_list_is_taken_where_one_is_away() {
    let nats = nats!();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let away = nobody.local_addr().unwrap();
    drop(nobody);
    for url in [
        format!("nats://{away},{}", nats.url()),
        format!("{},nats://{away}", nats.url()),
    ] {
        let log = options().connect(&url).await.unwrap();
        append(&log, [1]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_let_in_with_the_password_of_the_url_alone() {
    let user = Some(("ann".to_owned(), "s3cret".to_owned()));
    let nats = nats!(user: user);
    append(&log_of(&nats).await, [1]).await;
    for url in [
        format!("nats://ann:wr0ng@{}", nats.address()),
        format!("nats://{}", nats.address()),
    ] {
        let error = options().connect(&url).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        assert!(
            !with_causes(&error).contains("wr0ng"),
            "{}",
            with_causes(&error)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_taken_from_the_url() {
    let nats = nats!(lines: vec!["authorization { token: \"t0ken\" }".to_owned()]);
    let url = format!("nats://t0ken@{}", nats.address());
    append(&options().connect(&url).await.unwrap(), [1]).await;
    let error = log_error(&nats).await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_let_in_with_the_seed_of_its_key() {
    // Made for this test.
    let (key, seed) = (
        "UAWYVSJ4TY37NMKRWCN4NTDGGE2XWRWA5KPOOYBHZX7R4YF222COJEYE",
        "SUAEFW7J66GIHARH7ZUQOJNSHXMI2Y5IGALKTQEPY3R27LCBAIJEVOAODQ",
    );
    let nats = nats!(lines: vec![format!("authorization {{ users: [ {{ nkey: {key} }} ] }}")]);
    let log = options().nkey(seed).connect(&nats.url()).await.unwrap();
    append(&log, [1]).await;
    let error = log_error(&nats).await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}

async fn log_error(nats: &tests::servers::Nats) -> ConnectError {
    options().connect(&nats.url()).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_tls_is_trusted_by_who_trusts_its_authority() {
    let nats = nats!(tls: Some(tests::servers::Certificates::new()));
    let authority = nats.daemon().directory().join("ca.pem");
    let trusting = options().root_certificates(&authority);
    for url in [
        nats.url(),
        format!("tls://localhost:{}", nats.address().port()),
    ] {
        append(&trusting.clone().connect(&url).await.unwrap(), [1]).await;
        let error = options().connect(&url).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        assert!(
            with_causes(&error).contains("certificate"),
            "{}",
            with_causes(&error)
        );
    }
}
