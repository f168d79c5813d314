//! What a log leaves on the heap, to the byte.

#![expect(
    unsafe_code,
    reason = "an allocator is unsafe by contract; this one only counts and hands on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use sse_runtime::log::*;
use tokio::time::advance;

use crate::support::{append, channels};

thread_local! {
    /// Bytes that this thread allocated and nobody freed, as tests run beside each other.
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn live() -> isize {
    LIVE.get()
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: usize, sign: isize) {
    // At the end of a thread there is nothing left to count in.
    let _ = LIVE.try_with(|live| live.set(live.get() + sign * bytes.cast_signed()));
}

// SAFETY: every call goes to `System` with the arguments it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

const CHANNELS: usize = 20_000;

/// What maps and queues keep for the next few.
const SPARE: isize = 4096;

#[tokio::test(start_paused = true)]
async fn channels_visited_and_left_leave_nothing() {
    let log = MemoryLog::default();
    drop(log.watch(&channels(["warm"])));
    let before = live();
    let visits: Vec<_> = (0..CHANNELS)
        .map(|n| log.watch(&channels([n.to_string().as_str()])))
        .collect();
    drop(visits);
    let left = live() - before;
    assert!(left <= SPARE, "{left} bytes are left");
}

#[tokio::test(start_paused = true)]
async fn keys_that_visitors_of_a_channel_wanted_leave_nothing() {
    let log = MemoryLog::default();
    let _stays = log.watch(&channels(["a"]));
    let before = live();
    let keys = (0..CHANNELS).map(|n| Keys::from_iter([n.to_string()]));
    let visits: Vec<_> = keys
        .map(|keys| log.watch_keys(&channels(["a"]), &keys))
        .collect();
    drop(visits);
    let left = live() - before;
    assert!(left <= SPARE, "{left} bytes are left");
}

#[tokio::test(start_paused = true)]
async fn channels_published_to_with_nobody_there_are_gone_when_their_age_is() {
    let log = MemoryLog::default();
    append(&log, "warm", "1").await;
    let before = live();
    for n in 0..CHANNELS {
        append(&log, &n.to_string(), "1").await;
    }
    let held = live() - before;
    // The bound on channels holds half of them.
    assert!(held <= 10_000 * 700, "{held} bytes for 10 000 channels");

    advance(Duration::from_secs(3600)).await;
    // Eight are looked at with each use.
    for _ in 0..CHANNELS / 8 {
        append(&log, "warm", "1").await;
    }
    advance(Duration::from_secs(3600)).await;
    for _ in 0..64 {
        append(&log, "warm", "1").await;
    }
    let left = live() - before;
    assert!(left <= SPARE + 64 * 300, "{left} bytes are left");
}

#[tokio::test(start_paused = true)]
async fn keys_of_appends_are_bounded_and_gone_when_their_window_is() {
    let log = MemoryLog::new(Bounds::default().age(Duration::from_secs(1)));
    let record = Record::new(b"data: x\n").unwrap();
    append(&log, "warm", "1").await;
    let before = live();
    for _ in 0..CHANNELS {
        append(&log, "a", "x").await;
    }
    let events = live() - before;
    let name = ChannelName::new("a").unwrap();
    for n in 0..CHANNELS {
        let key = n.to_string();
        let condition = Condition::Once(IdempotencyKey::new(&key).unwrap());
        log.append_if(condition, &name, &[record]).await.unwrap();
    }
    // As many keys as events, of 5 bytes each.
    let keys = live() - before - events;
    assert!(keys <= 1000 * 200, "{keys} bytes for 1 000 keys");

    advance(Duration::from_secs(120)).await;
    for _ in 0..64 {
        append(&log, "warm", "1").await;
    }
    let left = live() - before;
    assert!(left <= SPARE + 64 * 300, "{left} bytes are left");
}

#[tokio::test(start_paused = true)]
async fn an_append_that_came_to_another_place_leaves_nothing() {
    let log = MemoryLog::default();
    append(&log, "warm", "1").await;
    let elsewhere = Cursor::new(Epoch::new(0), 0);
    let record = Record::new(b"data: x\n").unwrap();
    let before = live();
    for n in 0..CHANNELS {
        let name = ChannelName::new(n.to_string()).unwrap();
        let condition = Condition::At(elsewhere);
        let moved = log.append_if(condition, &name, &[record]).await;
        assert!(matches!(moved, Err(AppendError::Moved { .. })));
    }
    let left = live() - before;
    assert!(left <= SPARE, "{left} bytes are left");
}

#[tokio::test(start_paused = true)]
async fn a_channel_holds_its_bound_in_bytes_and_a_segment() {
    let bound = 256 * 1024;
    let log = MemoryLog::new(Bounds::default().bytes(bound).events(usize::MAX));
    append(&log, "warm", "1").await;
    let before = live();
    let payload = "x".repeat(1000);
    let mut most = 0;
    for _ in 0..10_000 {
        append(&log, "a", &payload).await;
        most = most.max(live() - before);
    }
    // What is not put together yet costs more than its bytes; while it is put together, twice.
    let bound = bound.cast_signed();
    assert!(most <= bound + bound / 2, "{most} bytes");
}

#[tokio::test(start_paused = true)]
async fn reading_copies_nothing() {
    let log = MemoryLog::default();
    let name = ChannelName::new("a").unwrap();
    let start = log.extent(&name).await.unwrap().newest;
    for _ in 0..100 {
        append(&log, "a", &"x".repeat(100)).await;
    }
    let first = log
        .read_after(&name, start, Limit::default())
        .await
        .unwrap();
    let before = live();
    let page = log
        .read_after(&name, start, Limit::default())
        .await
        .unwrap();
    let wire: Vec<_> = page.runs().map(Run::wire).collect();
    let taken = live() - before;
    assert!(
        taken <= 256,
        "{taken} bytes for a page of {}",
        wire[0].len()
    );
    drop(first);
}
