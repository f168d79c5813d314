//! What comes to a hub and goes leaves nothing on the heap.

use std::alloc::System;

use axum::body::Body;
use axum::http::Request;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{Problem, server_sent_events};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::sync::{Mutex, MutexGuard};
use tower::ServiceExt;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What is alive is counted in the whole process, so these tests run one after the other.
async fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    ONE.lock().await
}

/// Bytes that are allocated and not freed.
fn live() -> isize {
    let counted = HEAP.stats();
    counted.bytes_allocated as isize - counted.bytes_deallocated as isize
}

#[derive(Serialize)]
struct Tick {
    n: u64,
}

#[derive(Deserialize)]
struct Ask {
    channel: String,
}

#[server_sent_events(event_name = "tick")]
trait Market {
    #[sse(get = "/ticks")]
    async fn ticks(
        &self,
        payload: Ask,
        stream: impl TicksServerStream<Tick>,
    ) -> Result<(), Problem>;
}

struct Exchange(Hub<MarketTicks>);

impl Market for Exchange {
    async fn ticks(&self, ask: Ask, stream: impl TicksServerStream<Tick>) -> Result<(), Problem> {
        let subscription = self.0.subscribe(&ask.channel).await?;
        Ok(stream.forward(subscription).await?)
    }
}

fn hub() -> Hub<MarketTicks> {
    Hub::new(MemoryLog::default(), MarketTicks)
}

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

async fn publish_to(hub: &Hub<MarketTicks>, n: u64) {
    let published = hub.publish(&format!("room-{n}"), &Tick { n }).await;
    published.expect("published");
}

#[tokio::test(start_paused = true)]
async fn of_20_000_channels_visited_and_left_nothing_stays() {
    let _alone = alone().await;
    let hub = hub();
    let app = MarketServer::new(Exchange(hub.clone())).into_router();
    for n in 0..100 {
        visit(&app, n).await;
    }
    let before = live();
    for n in 0..CHANNELS {
        visit(&app, n).await;
    }
    let left = live() - before;
    assert!(left <= SPARE, "{left} bytes are left");
    assert_eq!(hub.subscriptions(), 0);
}

#[tokio::test(start_paused = true)]
async fn of_20_000_channels_visited_at_once_nothing_stays() {
    let _alone = alone().await;
    let hub = hub();
    drop(hub.subscribe("c").await.expect("subscribed"));
    let before = live();
    let mut visitors = Vec::new();
    for n in 0..CHANNELS {
        let events = hub.subscribe(format!("room-{n}")).await;
        visitors.push(events.expect("subscribed"));
    }
    assert_eq!(hub.subscriptions(), CHANNELS as usize);
    drop(visitors);
    let left = live() - before;
    assert!(left <= SPARE, "{left} bytes are left");
}

#[tokio::test(start_paused = true)]
async fn of_20_000_channels_published_to_with_nobody_there_10_000_are_held_and_in_the_end_none() {
    let _alone = alone().await;
    let hub = hub();
    publish_to(&hub, CHANNELS).await;
    let before = live();
    for n in 0..CHANNELS {
        publish_to(&hub, n).await;
    }
    let held = live() - before;
    // The stated bound on channels, and what one of a single event takes.
    assert!(held <= 10_000 * 1000, "{held} bytes are held");

    // What is too old is freed by the use of others, eight channels at a time.
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    for _ in 0..CHANNELS / 8 {
        publish_to(&hub, CHANNELS).await;
    }
    let of_one_channel = 1000 * 300;
    let left = live() - before;
    assert!(left <= SPARE + of_one_channel, "{left} bytes are left");
}
