//! Who is present, here and on other nodes.

use std::time::Duration;

use futures::FutureExt;
use sse_runtime::hub::{Hub, InvalidMember};
use sse_runtime::log::*;

use crate::line::Line;
use crate::support::{MarketTicks, Ticks, hub};

/// Two processes on one log, as far as presence is concerned.
fn two_nodes() -> [Ticks; 2] {
    let log = MemoryLog::default();
    [
        Hub::new(log.clone(), MarketTicks),
        Hub::new(log, MarketTicks),
    ]
}

async fn who<L: EventLog>(hub: &Hub<MarketTicks, L>, channel: &str) -> Vec<String> {
    let present = hub.present(channel).await.expect("a channel");
    let who: Vec<_> = present.who().map(str::to_owned).collect();
    assert_eq!(present.count(), who.len());
    who
}

async fn moments() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn who_enters_is_there_until_the_guard_is_dropped() {
    let hub = hub();
    let ann = hub.enter("room", "ann").await.expect("entered");
    let bob = hub.enter("room", "bob").await.expect("entered");
    let _cyd = hub.enter("other", "cyd").await.expect("entered");
    assert_eq!(who(&hub, "room").await, ["ann", "bob"]);
    drop(ann);
    assert_eq!(who(&hub, "room").await, ["bob"]);
    drop(bob);
    assert!(who(&hub, "room").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_has_two_windows_is_there_once_until_both_are_closed() {
    let hub = hub();
    let one = hub.enter("room", "ann").await.expect("entered");
    let two = hub.enter("room", "ann").await.expect("entered");
    assert_eq!(who(&hub, "room").await, ["ann"]);
    drop(one);
    assert_eq!(who(&hub, "room").await, ["ann"]);
    drop(two);
    assert!(who(&hub, "room").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn other_nodes_are_told_who_comes_and_goes() {
    let [here, there] = two_nodes();
    let ann = here.enter("room", "ann").await.expect("entered");
    let _bob = there.enter("room", "bob").await.expect("entered");
    moments().await;
    for hub in [&here, &there] {
        assert_eq!(who(hub, "room").await, ["ann", "bob"]);
        let present = hub.present("room").await.expect("a channel");
        assert_eq!(present.here(), 1);
        assert_eq!(present.elsewhere().collect::<Vec<_>>(), [1]);
    }
    drop(ann);
    moments().await;
    assert_eq!(who(&there, "room").await, ["bob"]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_comes_later_is_told_who_is_there() {
    let [here, there] = two_nodes();
    let _ann = here.enter("room", "ann").await.expect("entered");
    moments().await;
    assert!(who(&there, "room").await.is_empty(), "it has just asked");
    moments().await;
    assert_eq!(who(&there, "room").await, ["ann"]);
}

#[tokio::test(start_paused = true)]
async fn who_was_there_by_way_of_a_node_that_died_is_gone_within_half_a_minute() {
    let log = MemoryLog::default();
    let there = Hub::new(log.clone(), MarketTicks);
    let (line, log) = Line::to(log);
    let here = Hub::new(log, MarketTicks);
    assert!(who(&there, "room").await.is_empty());
    let _ann = here.enter("room", "ann").await.expect("entered");
    moments().await;
    assert_eq!(who(&there, "room").await, ["ann"]);
    // It says so as long as it lives.
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(who(&there, "room").await, ["ann"]);
    line.cut();
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert!(who(&there, "room").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_members_of_many_channels_reach_other_nodes() {
    let [here, there] = two_nodes();
    assert!(who(&there, "room-0").await.is_empty());
    let mut guards = Vec::new();
    for n in 0..5_000 {
        let (channel, who) = (format!("room-{}", n % 500), format!("member-{n}"));
        guards.push(here.enter(&channel, &who).await.expect("entered"));
    }
    moments().await;
    for n in 0..500 {
        let present = there
            .present(&format!("room-{n}"))
            .await
            .expect("a channel");
        assert_eq!(present.count(), 10);
    }
    let mut guards = guards.into_iter();
    drop(guards.by_ref().take(2_500).collect::<Vec<_>>());
    moments().await;
    for n in 0..500 {
        let present = there
            .present(&format!("room-{n}"))
            .await
            .expect("a channel");
        assert_eq!(present.count(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_crowd_on_another_node_some_are_named_and_all_are_counted() {
    let [here, there] = two_nodes();
    assert!(who(&there, "room").await.is_empty());
    let mut guards = Vec::new();
    for n in 0..3_000 {
        guards.push(here.enter("room", &n.to_string()).await.expect("entered"));
    }
    moments().await;
    let present = there.present("room").await.expect("a channel");
    assert_eq!((present.count(), present.who().count()), (3_000, 1_000));
}

#[test]
fn presence_outlives_the_runtime_in_which_it_began() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true);
        builder.build().expect("a runtime")
    };
    let [here, there] = two_nodes();
    let _ann = runtime().block_on(here.enter("room", "ann"));
    runtime().block_on(async {
        let _bob = here.enter("room", "bob").await.expect("entered");
        let _cyd = there.enter("room", "cyd").await.expect("entered");
        moments().await;
        for hub in [&here, &there] {
            assert_eq!(who(hub, "room").await, ["ann", "bob", "cyd"]);
        }
    });
}

#[tokio::test(start_paused = true)]
async fn who_enters_does_not_wait_for_a_log_that_does_not_answer() {
    let (line, log) = Line::to(MemoryLog::default());
    line.cut();
    let hub = Hub::new(log, MarketTicks);
    let ann = hub.enter("room", "ann").now_or_never();
    let _ann = ann.expect("at once").expect("entered");
    assert_eq!(who(&hub, "room").await, ["ann"]);
}

#[tokio::test(start_paused = true)]
async fn namespaces_have_members_of_their_own() {
    let log = MemoryLog::default();
    let red = Hub::new(log.clone(), MarketTicks)
        .with_namespace("red")
        .expect("a namespace");
    let blue = Hub::new(log, MarketTicks)
        .with_namespace("blue")
        .expect("a namespace");
    let _ann = red.enter("room", "ann").await.expect("entered");
    moments().await;
    assert_eq!(who(&red, "room").await, ["ann"]);
    assert!(who(&blue, "room").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nobody_and_who_is_named_at_length_cannot_enter() {
    let hub = hub();
    for who in [String::new(), "x".repeat(257)] {
        let error = hub.enter("room", &who).await.expect_err("refused");
        assert_eq!(error, InvalidMember::Who { bytes: who.len() });
    }
    assert!(hub.enter("*", "ann").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_ends_tells_the_others_that_its_members_have_left() {
    let [here, there] = two_nodes();
    assert!(who(&there, "room").await.is_empty());
    let ann = here.enter("room", "ann").await.expect("entered");
    moments().await;
    assert_eq!(who(&there, "room").await, ["ann"]);
    drop(here);
    drop(ann);
    moments().await;
    assert!(who(&there, "room").await.is_empty());
}

#[test]
fn outside_of_a_runtime_presence_is_that_of_this_node() {
    let hub = hub();
    let enter = hub.enter("room", "ann").now_or_never();
    let _ann = enter.expect("at once").expect("entered");
    let present = hub.present("room").now_or_never();
    let present = present.expect("at once").expect("a channel");
    assert_eq!(present.who().collect::<Vec<_>>(), ["ann"]);
}
