//! What metrics cost an event on the heap: nothing.

#![expect(
    unsafe_code,
    reason = "an allocator is unsafe by contract; this one only counts and hands on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use sse_runtime::Settings;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use tower::ServiceExt;

use crate::scrape::Recorder;
use crate::server::{ApiTicks, app, publish, tick};

thread_local! {
    /// How often this thread has allocated, as tests run beside each other.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    // At the end of a thread there is nothing left to count in.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes to `System` with the arguments it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are handed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

const EVENTS: usize = 500;

/// Allocations while events are published and read one by one, on a stream that is open. Of one log,
/// as the length of its ids is not that of another's.
async fn allocations(log: &MemoryLog, channel: &str) -> usize {
    let hub = Hub::new(log.clone(), ApiTicks);
    let request = Request::get(format!("/ticks?channel={channel}")).body(Body::empty());
    let response = app(&hub, Settings::new())
        .oneshot(request.expect("a request"))
        .await;
    let mut body = response.expect("an answer").into_body();
    let ticks = [tick("a")];
    let mut before = 0;
    for event in 0..2 * EVENTS {
        if event == EVENTS {
            before = COUNT.get();
        }
        publish(&hub, channel, &ticks).await;
        body.frame().await.expect("a frame").expect("no error");
    }
    COUNT.get() - before
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_counted_costs_no_allocation() {
    let log = MemoryLog::default();
    let without = allocations(&log, "a").await;
    let recorder = Recorder::start();
    let with = allocations(&log, "b").await;
    assert_eq!(with, without);
    let scrape = recorder.scrape();
    let ticks = [("endpoint", "Api::ticks")];
    assert_eq!(
        scrape.value("sse_sent_events_total", &ticks),
        2.0 * EVENTS as f64
    );
}
