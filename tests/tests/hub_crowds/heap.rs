//! What comes and goes leaves nothing on the heap.

use axum::body::Body;
use axum::http::Request;
use futures::StreamExt;
use tower::ServiceExt;

use crate::server::{Ticks, app, hub, publish, tick};
use crate::{allocator, alone};

const CHANNELS: u64 = 20_000;

/// What maps, queues and the buffers of a thread keep for the next few.
const SPARE: isize = 64 * 1024;

/// A client comes to the channel of that number, is told its place in it, and goes.
async fn visit(app: &axum::Router, n: u64) {
    let request = Request::get(format!("/ticks?channel=room-{n}"));
    let request = request.body(Body::empty()).expect("a request");
    let response = app.clone().oneshot(request).await;
    let response = response.unwrap_or_else(|never| match never {});
    let first = response.into_body().into_data_stream().next().await;
    assert!(
        first
            .expect("a block")
            .expect("a block")
            .starts_with(b"id: ")
    );
}

async fn publish_to(hub: &Ticks, n: u64) {
    publish(hub, &format!("room-{n}"), &tick(n, "")).await;
}

#[tokio::test(start_paused = true)]
async fn of_20_000_channels_visited_and_left_nothing_stays() {
    let _alone = alone().await;
    let hub = hub();
    let app = app(&hub);
    for n in 0..100 {
        visit(&app, n).await;
    }
    let before = allocator::live();
    for n in 0..CHANNELS {
        visit(&app, n).await;
    }
    let left = allocator::live() - before;
    assert!(left <= SPARE, "{left} bytes are left");
    assert_eq!(hub.subscriptions(), 0);
}

#[tokio::test(start_paused = true)]
async fn of_20_000_channels_visited_at_once_nothing_stays() {
    let _alone = alone().await;
    let hub = hub();
    drop(hub.subscribe("c").await.expect("subscribed"));
    let before = allocator::live();
    let mut visitors = Vec::new();
    for n in 0..CHANNELS {
        let events = hub.subscribe(format!("room-{n}")).await;
        visitors.push(events.expect("subscribed"));
    }
    assert_eq!(hub.subscriptions(), CHANNELS as usize);
    drop(visitors);
    let left = allocator::live() - before;
    assert!(left <= SPARE, "{left} bytes are left");
}

#[tokio::test(start_paused = true)]
async fn of_20_000_channels_published_to_with_nobody_there_10_000_are_held_and_in_the_end_none() {
    let _alone = alone().await;
    let hub = hub();
    publish_to(&hub, CHANNELS).await;
    let before = allocator::live();
    for n in 0..CHANNELS {
        publish_to(&hub, n).await;
    }
    let held = allocator::live() - before;
    // The stated bound on channels, and what one of a single event takes.
    assert!(held <= 10_000 * 1000, "{held} bytes are held");

    // What is too old is freed by the use of others, eight channels at a time.
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    for _ in 0..CHANNELS / 8 {
        publish_to(&hub, CHANNELS).await;
    }
    let of_one_channel = 1000 * 300;
    let left = allocator::live() - before;
    assert!(left <= SPARE + of_one_channel, "{left} bytes are left");
}
