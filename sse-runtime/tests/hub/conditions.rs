//! What is published once, however often it is tried, and what at one place.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::StatusCode;
use sse_runtime::hub::{Hub, PublishError};
use sse_runtime::log::{AppendError, MemoryLog};
use sse_runtime::testing::{FaultyLog, Leg, Operation};
use sse_runtime::{EventId, Problem, server_sent_events};

use crate::support::{Client, MarketTicks, app, hub, publish, tick};

fn status(error: PublishError) -> StatusCode {
    Problem::from(error).status()
}

fn is_moved_to(end: &EventId, error: &PublishError) -> bool {
    matches!(error, PublishError::Append(AppendError::Moved { end: told }) if EventId::from(*told) == *end)
}

#[tokio::test(start_paused = true)]
async fn an_event_with_a_key_is_published_once_however_often_it_is_tried() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c", "").await;
    client.blocks().await;
    let first = hub.publish_once("c", "k", &tick("a", 1)).await;
    let first = first.expect("published");
    publish(&hub, "c", 2..3).await;
    let again = hub.publish_once("c", "k", &tick("a", 1)).await;
    assert_eq!(again.expect("published before"), first);
    let other = hub.publish_once("c", "l", &tick("a", 3)).await;
    other.expect("published");
    assert_eq!(client.numbers().await, [1, 2, 3]);
}

/// A log whose answers to the first appends are lost.
fn losing_answers(answers: u32, on: &'static str) -> FaultyLog<MemoryLog> {
    let left = Arc::new(AtomicU32::new(answers));
    FaultyLog::new(MemoryLog::default(), move |call| {
        let is_one = call.leg == Leg::Answer
            && call.operation == Operation::Append
            && call.channel.as_str() == on;
        let is_lost = is_one
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
        ready(if is_lost {
            Err("the answer is lost".into())
        } else {
            Ok(())
        })
    })
}

#[tokio::test(start_paused = true)]
async fn who_was_not_answered_tries_again_and_nobody_gets_it_twice() {
    for (lost, on) in [(3, "c"), (2, "*")] {
        let hub = Hub::new(losing_answers(lost, on), MarketTicks).with_wildcard();
        let mut events = hub.subscribe("c").await.expect("subscribed");
        let mut all = hub.subscribe_all().await.expect("subscribed");
        for _ in 0..lost {
            let error = hub.publish_once("c", "k", &tick("a", 1)).await;
            let error = error.expect_err("nobody says what became of it");
            assert!(error.may_be_published());
        }
        let id = hub.publish_once("c", "k", &tick("a", 1)).await;
        let id = id.expect("published");
        let end = hub.publish("c", &tick("a", 2)).await.expect("published");
        for events in [&mut events, &mut all] {
            let bytes = events.next().await.expect("it can be read").expect("more");
            let text = str::from_utf8(&bytes).expect("UTF-8");
            assert_eq!(text.matches("event: tick").count(), 2, "{text}");
        }
        assert_eq!(hub.position("c").await.expect("a position"), end);
        assert_ne!(id, end);
    }
}

#[tokio::test(start_paused = true)]
async fn one_key_in_two_channels_is_two_events_for_who_follows_all() {
    let hub = hub().with_wildcard();
    let mut all = Client::new(&hub, "all=true", "").await;
    all.blocks().await;
    for round in 0..2 {
        for (channel, n) in [("c", 1), ("d", 2)] {
            let id = hub.publish_once(channel, "k", &tick("a", n)).await;
            id.unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
    }
    // Names with one tag, so that places in them look alike.
    for (channel, n) in [("costarring", 3), ("liquid", 4)] {
        let id = hub.publish_once(channel, "k", &tick("a", n)).await;
        id.expect("published");
    }
    assert_eq!(all.numbers().await, [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn the_longest_names_and_keys_are_published_once_for_all() {
    let hub = hub().with_namespace(&"n".repeat(64)).expect("a namespace");
    let hub = hub.with_wildcard();
    let mut all = Client::new(&hub, "all=true", "").await;
    all.blocks().await;
    let (channel, key) = ("c".repeat(256 - 65), "k".repeat(512));
    for _ in 0..2 {
        let id = hub.publish_once(&channel, &key, &tick("a", 1)).await;
        id.expect("published");
    }
    assert_eq!(all.numbers().await, [1]);
}

#[tokio::test(start_paused = true)]
async fn of_two_who_publish_at_one_position_the_second_is_told_where_the_channel_ends() {
    let hub = hub().with_wildcard();
    let mut all = Client::new(&hub, "all=true", "").await;
    all.blocks().await;
    // Of a channel that is not there, too.
    let position = hub.position("c").await.expect("a position");
    let first = hub.publish_at("c", &position, &tick("a", 1)).await;
    let first = first.expect("nobody was there before");
    let second = hub.publish_at("c", &position, &tick("a", 2)).await;
    let second = second.expect_err("somebody was");
    assert!(is_moved_to(&first, &second), "{second}");
    assert!(!second.may_be_published());
    assert_eq!(status(second), StatusCode::CONFLICT);
    let second = hub.publish_at("c", &first, &tick("a", 2)).await;
    let second = second.expect("it has read on");

    let elsewhere = hub.position("d").await.expect("a position");
    let error = hub.publish_at("c", &elsewhere, &tick("a", 3)).await;
    let error = error.expect_err("a position in another channel");
    assert!(is_moved_to(&second, &error), "{error}");
    assert_eq!(all.numbers().await, [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_position_that_is_none_of_one_channel_is_a_mistake_of_who_asks() {
    let hub = hub();
    let several = hub.position(["c", "d"]).await.expect("a position");
    for position in [several, EventId::new("7").expect("an id")] {
        let error = hub.publish_at("c", &position, &tick("a", 1)).await;
        let error = error.expect_err("no position");
        assert!(matches!(error, PublishError::Position(_)), "{error}");
        assert_eq!(status(error), StatusCode::BAD_REQUEST);
    }
    for key in ["", "a\nb", &"x".repeat(513)] {
        let error = hub.publish_once("c", key, &tick("a", 1)).await;
        let error = error.expect_err("no key");
        assert!(matches!(error, PublishError::Key(_)), "{error}");
        assert_eq!(status(error), StatusCode::BAD_REQUEST);
    }
    let client = Client::of(app(&hub), "channel=c&existing=true", "").await;
    assert_eq!(client.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_has_ended_takes_nothing_more_and_still_knows_its_keys() {
    let hub = hub();
    let first = hub.publish_once("c", "k", &tick("a", 1)).await;
    let first = first.expect("published");
    hub.close("c").await.expect("closed");
    let again = hub.publish_once("c", "k", &tick("a", 1)).await;
    assert_eq!(again.expect("published before"), first);
    for refused in [
        hub.publish_once("c", "l", &tick("a", 2)).await,
        hub.publish_at("c", &first, &tick("a", 2)).await,
    ] {
        let error = refused.expect_err("it has ended");
        assert!(matches!(
            error,
            PublishError::Append(AppendError::Ended { .. })
        ));
        assert_eq!(status(error), StatusCode::CONFLICT);
    }
}

#[derive(serde::Serialize)]
enum Job {
    Progress(u8),
    Done(u8),
}

#[server_sent_events(variants, done = Done)]
trait Jobs {
    async fn job(&self, stream: impl JobServerStream<Job>) -> Result<(), Problem>;
}

#[tokio::test(start_paused = true)]
async fn what_ends_its_stream_is_published_last_and_not_under_a_condition() {
    let hub = Hub::new(MemoryLog::default(), JobsJob);
    let start = hub.publish_once("j", "k", &Job::Progress(1)).await;
    let start = start.expect("published");
    for refused in [
        hub.publish_once("j", "l", &Job::Done(2)).await,
        hub.publish_at("j", &start, &Job::Done(2)).await,
    ] {
        let error = refused.expect_err("it would end the channel");
        assert!(matches!(error, PublishError::EndsStream), "{error}");
    }
    assert_eq!(hub.position("j").await.expect("a position"), start);
}
