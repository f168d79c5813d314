//! Hubs: where subscriptions begin, what they miss, and how far they are behind.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use sse_runtime::Settings;
use sse_runtime::testing::{Client, Response};

use crate::scrape::{Recorder, Scrape};
use crate::server::{Server, Tick, app, hub_of, publish, tick};

const TICKS: (&str, &str) = ("endpoint", "Api::ticks");

async fn get(app: &Router, query: &str) -> Response {
    let client = Client::new(app.clone());
    client.get(&format!("/ticks?{query}")).await
}

/// How many ticks come without time passing.
async fn read(stream: &mut Response) -> usize {
    let events = stream.events_within(Duration::from_millis(1)).await;
    events.iter().filter(|event| event.name() != "gap").count()
}

fn ticks(count: usize) -> Vec<Tick> {
    (0..count).map(|_| tick("a")).collect()
}

fn value(scrape: &Scrape, name: &str) -> f64 {
    scrape.value(name, &[TICKS])
}

#[tokio::test]
async fn a_scrape_tells_of_a_hub_behind_a_running_server() {
    let recorder = Recorder::start();
    let server = Server::start(&recorder, Settings::new()).await;
    let ids = publish(&server.hub, "c", &ticks(150)).await;
    let epoch = ids[0].as_str().split_once('-').expect("an epoch").0;
    let mut clients = Vec::new();
    for (id, first) in [
        (String::new(), "id: "),
        (ids[147].to_string(), ids[149].as_str()),
        (ids[0].to_string(), r#"{"reason":"truncated","missed":49}"#),
        (
            format!("{epoch}-999"),
            r#"{"reason":"ahead","missed":null}"#,
        ),
        ("1-1".to_owned(), r#"{"reason":"reset","missed":null}"#),
        (
            "elsewhere".to_owned(),
            r#"{"reason":"foreign","missed":null}"#,
        ),
    ] {
        let mut client = server.resume("/ticks?channel=c", &id).await;
        client.read_until(first).await;
        clients.push(client);
    }
    let scrape = server.scrape().await;
    assert_eq!(value(&scrape, "sse_hub_published_events_total"), 150.0);
    assert_eq!(value(&scrape, "sse_hub_subscriptions_open"), 6.0);
    let once = |of: &[&'static str]| of.iter().map(|it| (*it, 1.0)).collect::<BTreeMap<_, _>>();
    assert_eq!(
        scrape.counted("sse_hub_resumes_total", TICKS.1, "outcome"),
        once(&[
            "none",
            "contiguous",
            "truncated",
            "ahead",
            "reset",
            "foreign"
        ]),
    );
    assert_eq!(
        scrape.counted("sse_hub_gaps_total", TICKS.1, "reason"),
        once(&["truncated", "ahead", "reset", "foreign"]),
    );
    clients.clear();
    server
        .scrape_until(|scrape| value(scrape, "sse_hub_subscriptions_open") == 0.0)
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_there_before_a_subscription_is_replayed_and_what_comes_is_not() {
    let recorder = Recorder::start();
    let hub = hub_of(100);
    let app = app(&hub, Settings::new());
    publish(&hub, "c", &ticks(60)).await;
    let mut client = get(&app, "channel=c&last=50").await;
    assert_eq!(read(&mut client).await, 50);
    publish(&hub, "c", &ticks(1)).await;
    assert_eq!(read(&mut client).await, 1);
    let scrape = recorder.scrape();
    assert_eq!(value(&scrape, "sse_hub_replayed_events_total"), 50.0);
    assert_eq!(value(&scrape, "sse_sent_events_total"), 51.0);
    assert_eq!(value(&scrape, "sse_hub_lag_events_count"), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_has_caught_up_tells_how_far_it_was_behind() {
    let recorder = Recorder::start();
    let hub = hub_of(100);
    let app = app(&hub, Settings::new());
    let mut client = get(&app, "channel=c").await;
    read(&mut client).await;
    publish(&hub, "c", &ticks(90)).await;
    assert_eq!(read(&mut client).await, 90);
    let scrape = recorder.scrape();
    assert_eq!(value(&scrape, "sse_hub_lag_events_count"), 1.0);
    assert_eq!(value(&scrape, "sse_hub_lag_events_sum"), 90.0);
    // What the log has dropped in the meantime is part of it.
    publish(&hub, "c", &ticks(150)).await;
    assert_eq!(read(&mut client).await, 100);
    let scrape = recorder.scrape();
    assert_eq!(value(&scrape, "sse_hub_lag_events_count"), 2.0);
    assert_eq!(value(&scrape, "sse_hub_lag_events_sum"), 90.0 + 150.0);
    let truncated = [TICKS, ("reason", "truncated")];
    assert_eq!(scrape.value("sse_hub_gaps_total", &truncated), 1.0);
    // A gap later on is no news of how it began.
    let none = [TICKS, ("outcome", "none")];
    assert_eq!(scrape.value("sse_hub_resumes_total", &none), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_ends_behind_tells_how_far_it_had_come() {
    let recorder = Recorder::start();
    let hub = hub_of(100);
    let app = app(&hub, Settings::new());
    let mut client = get(&app, "channel=c").await;
    read(&mut client).await;
    publish(&hub, "c", &ticks(90)).await;
    client.event().await;
    assert_eq!(value(&recorder.scrape(), "sse_hub_lag_events_count"), 0.0);
    drop(client);
    let scrape = recorder.scrape();
    assert_eq!(value(&scrape, "sse_hub_lag_events_count"), 1.0);
    let lag = value(&scrape, "sse_hub_lag_events_sum");
    assert!((1.0..90.0).contains(&lag), "{lag}");
}

#[tokio::test(start_paused = true)]
async fn what_keys_and_conflation_leave_out_is_counted() {
    let recorder = Recorder::start();
    let hub = hub_of(100);
    let app = app(&hub, Settings::new());
    let mut picky = get(&app, "channel=c&key=b").await;
    let mut conflating = get(&app, "channel=c&conflate=true").await;
    read(&mut picky).await;
    read(&mut conflating).await;
    let mut published = ticks(9);
    published.push(tick("b"));
    publish(&hub, "c", &published).await;
    assert_eq!(read(&mut picky).await, 1);
    assert_eq!(read(&mut conflating).await, 2);
    assert_eq!(
        recorder
            .scrape()
            .counted("sse_hub_left_out_events_total", TICKS.1, "reason"),
        BTreeMap::from([("unwanted", 9.0), ("replaced", 8.0)]),
    );
}

#[tokio::test(start_paused = true)]
async fn hubs_of_one_endpoint_are_one() {
    let recorder = Recorder::start();
    for _ in 0..2 {
        publish(&hub_of(10), "c", &ticks(3)).await;
    }
    assert_eq!(
        value(&recorder.scrape(), "sse_hub_published_events_total"),
        6.0
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_key_has_published_before_is_not_counted_again() {
    let recorder = Recorder::start();
    let hub = hub_of(10);
    for key in ["k", "l", "k"] {
        let id = hub.publish_once("c", key, &tick("a")).await;
        id.expect("published");
    }
    let position = hub.position("c").await.expect("a position");
    for is_first in [true, false] {
        let published = hub.publish_at("c", &position, &tick("a")).await;
        assert_eq!(published.is_ok(), is_first);
    }
    assert_eq!(
        value(&recorder.scrape(), "sse_hub_published_events_total"),
        3.0
    );
}
