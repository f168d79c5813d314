//! Streams that exist.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, Republish};
use sse_runtime::log::*;

use crate::support::*;

fn fit() -> Config {
    Config {
        name: "EVENTS".to_owned(),
        subjects: vec!["sse.>".to_owned(), "other".to_owned()],
        allow_direct: true,
        max_messages_per_subject: 5,
        republish: Some(Republish {
            source: "sse.>".to_owned(),
            destination: "sse-live.>".to_owned(),
            headers_only: false,
        }),
        ..Config::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fits_is_used_and_left_as_it_is() {
    let nats = nats!();
    let jetstream = stranger(&nats).await;
    let before = jetstream.create_stream(fit()).await.unwrap();
    let before = before.cached_info().config.clone();
    let log = options()
        .stream("EVENTS")
        .connect(&nats.url())
        .await
        .unwrap();
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let places = append(&log, 0..9).await;
    hint(&mut watch).await;
    // One that does not still have the others in its memory.
    let other = options().stream("EVENTS").connect(&nats.url()).await;
    let other = other.unwrap();
    assert_eq!(all(&other).await, [4, 5, 6, 7, 8]);
    assert_eq!(numbers(&read(&log, places[7]).await), [8]);
    let page = read(&other, places[0]).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: None });
    let after = jetstream.get_stream("EVENTS").await.unwrap();
    assert_eq!(after.cached_info().config, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_passes_on_headers_alone_is_followed_by_reading() {
    let nats = nats!();
    let mut config = fit();
    config.republish.as_mut().unwrap().headers_only = true;
    config.max_messages_per_subject = 1_000;
    stranger(&nats).await.create_stream(config).await.unwrap();
    let options = options().stream("EVENTS");
    let log = options.clone().connect(&nats.url()).await.unwrap();
    let other = options.connect(&nats.url()).await.unwrap();
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let mut at = end(&log).await;
    for n in 0..50 {
        append(&other, [n]).await;
        let mut seen = Vec::new();
        while seen.is_empty() {
            hint(&mut watch).await;
            let page = read(&log, at).await;
            seen = numbers(&page);
            at = page.next();
        }
        assert_eq!(seen, [n]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_of_an_earlier_version_passes_on_all_from_now_on_or_goes_on_as_it_is() {
    let nats = nats!();
    let jetstream = stranger(&nats).await;
    let mut config = fit();
    config.name = "sse".to_owned();
    config.subjects = vec!["sse.*.log".to_owned(), "sse.*.end".to_owned()];
    config.republish.as_mut().unwrap().headers_only = true;
    jetstream.create_stream(config).await.unwrap();
    let (log, other) = (log_of(&nats).await, log_of(&nats).await);
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let at = end(&log).await;
    append(&other, 0..20).await;
    eventually(async || (numbers(&read(&log, at).await).len() == 20).then_some(())).await;
    // Brought up as for the rest, whether the server lets what is passed on change or not.
    let stream = jetstream.get_stream("sse").await.unwrap();
    let config = &stream.cached_info().config;
    assert_eq!(config.max_messages_per_subject, 1_000);
    let version = jetstream.client().server_info().version;
    let is_changed = !config.republish.as_ref().unwrap().headers_only;
    assert_eq!(is_changed, !version.starts_with("2.9."));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_does_not_fit_or_is_not_there_is_refused() {
    let nats = nats!();
    let jetstream = stranger(&nats).await;
    let refused = async |why: &str| {
        let error = options().stream("EVENTS").connect(&nats.url()).await;
        let error = error.unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
        assert!(with_causes(&error).contains(why), "{}", with_causes(&error));
    };
    refused("there is no stream `EVENTS`").await;
    type Change = fn(&mut Config);
    let cases: [(&str, Change); 4] = [
        ("does not keep `sse.*.end`", |it| {
            it.subjects = vec!["sse.*.log".to_owned()]
        }),
        ("does not republish", |it| it.republish = None),
        ("does not allow direct gets", |it| it.allow_direct = false),
        ("refuses what is new", |it| it.discard = DiscardPolicy::New),
    ];
    for (why, change) in cases {
        let mut config = fit();
        change(&mut config);
        jetstream.create_stream(config).await.unwrap();
        refused(why).await;
        jetstream.delete_stream("EVENTS").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_is_brought_up_to_the_options() {
    let nats = nats!();
    let log = options().events(1_000).connect(&nats.url()).await.unwrap();
    let places = append(&log, 0..20).await;
    let fewer = options().events(10).age(Duration::from_secs(60));
    let other = fewer.connect(&nats.url()).await.unwrap();
    assert_eq!(all(&other).await, (10..20).collect::<Vec<_>>());
    assert_eq!(numbers(&read(&log, places[18]).await), [19]);
    let stream = stranger(&nats).await.get_stream("sse").await.unwrap();
    let config = &stream.cached_info().config;
    assert_eq!(config.max_messages_per_subject, 10);
    assert_eq!(config.max_age, Duration::from_secs(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_jetstream_is_refused() {
    let Some(nats) = tests::servers::Nats::start(tests::servers::NatsSettings {
        lines: vec!["jetstream: false".to_owned()],
        ..tests::servers::NatsSettings::default()
    }) else {
        return;
    };
    let error = options().connect(&nats.url()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_find_one_stream() {
    let nats = nats!();
    let url = nats.url();
    for n in 0..20 {
        let options = options().namespace(format!("n{n}"));
        let nodes = (0..8).map(|_| options.clone().connect(&url));
        for node in futures::future::join_all(nodes).await {
            append(&node.unwrap(), [1]).await;
        }
    }
}
