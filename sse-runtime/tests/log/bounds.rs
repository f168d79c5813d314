//! What is kept, and what is told of the rest.

use std::time::Duration;

use sse_runtime::log::*;
use tokio::time::advance;

use crate::support::{append, channel, channels, data, end_of, read};

const MINUTE: Duration = Duration::from_secs(60);

async fn append_many(log: &MemoryLog, name: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    let data: Vec<_> = numbers.map(|n| n.to_string()).collect();
    for data in &data {
        append(log, name, data).await;
    }
    data
}

#[tokio::test(start_paused = true)]
async fn of_150_missed_with_a_log_of_100_it_is_told_that_50_are_gone() {
    let log = MemoryLog::new(Bounds::default().events(100));
    let seen = append(&log, "a", "seen").await;
    let missed = append_many(&log, "a", 0..150).await;
    let page = read(&log, "a", seen).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(50) });
    assert_eq!(data(&page), missed[50..]);
}

#[tokio::test(start_paused = true)]
async fn the_bound_on_events_holds_within_a_batch_too() {
    let log = MemoryLog::new(Bounds::default().events(10));
    let start = end_of(&log, "a").await;
    let record = Record::new(b"data: x\n").unwrap();
    log.append_all(&channel("a"), &[record; 25]).await.unwrap();
    let page = read(&log, "a", start).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(15) });
    assert_eq!(data(&page).len(), 10);
}

#[tokio::test(start_paused = true)]
async fn the_bound_on_bytes_counts_what_goes_over_the_wire() {
    let log = MemoryLog::new(Bounds::default().bytes(1000));
    let start = end_of(&log, "a").await;
    append_many(&log, "a", 0..1000).await;
    let page = read(&log, "a", start).await;
    let kept: usize = page.runs().map(|run| run.wire().len()).sum();
    let frame = kept / data(&page).len();
    assert!(kept <= 1000 && kept + frame + 1 > 1000, "{kept}");
    let missed = Some(1000 - data(&page).len() as u64);
    assert_eq!(page.standing(), Standing::Truncated { missed });
}

#[tokio::test(start_paused = true)]
async fn an_event_that_can_never_fit_is_refused_and_costs_nobody_theirs() {
    let log = MemoryLog::new(Bounds::default().bytes(1000));
    let start = end_of(&log, "a").await;
    append(&log, "a", "1").await;
    let lines = format!("data: {}\n", "x".repeat(1000));
    let record = Record::new(lines.as_bytes()).unwrap();
    let small = Record::new(b"data: 2\n").unwrap();
    let refused = log.append_all(&channel("a"), &[small, record]).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, AppendError::TooLarge { limit: 1000, .. }));
    assert!(!error.may_be_written());
    assert_eq!(data(&read(&log, "a", start).await), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_kept_for_its_age_and_a_64th_of_it_at_most() {
    let log = MemoryLog::new(Bounds::default().age(64 * MINUTE));
    let mut watch = log.watch(&channels(["a"]));
    let start = end_of(&log, "a").await;
    append(&log, "a", "1").await;
    advance(MINUTE).await;
    append(&log, "a", "2").await;
    advance(2 * MINUTE).await;
    append(&log, "a", "3").await;

    advance(61 * MINUTE - Duration::from_millis(1)).await;
    assert_eq!(data(&read(&log, "a", start).await), ["1", "2", "3"]);
    advance(MINUTE + Duration::from_millis(1)).await;
    let page = read(&log, "a", start).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(2) });
    assert_eq!(data(&page), ["3"]);
    advance(2 * MINUTE).await;
    let page = read(&log, "a", start).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(3) });
    assert!(page.is_empty());
    watch.take_signal();
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_was_forgotten_never_gives_an_id_again() {
    let log = MemoryLog::new(Bounds::default().age(MINUTE));
    let first = append(&log, "a", "1").await;
    let last = append(&log, "a", "2").await;
    advance(2 * MINUTE).await;
    // Somebody else's use of the log sweeps it.
    append(&log, "b", "1").await;
    for _ in 0..64 {
        append(&log, "b", "1").await;
    }
    assert_eq!(end_of(&log, "a").await, last);
    let third = append(&log, "a", "3").await;
    assert!(third.seq() > last.seq());

    // Who had seen everything missed nothing, and is told so.
    let page = read(&log, "a", last).await;
    assert_eq!(page.standing(), Standing::Contiguous);
    assert_eq!(data(&page), ["3"]);
    // Who had not is told that it missed some.
    let page = read(&log, "a", first).await;
    assert!(matches!(page.standing(), Standing::Truncated { .. }));
    assert_eq!(data(&page), ["3"]);
}

#[tokio::test(start_paused = true)]
async fn an_ended_channel_is_kept_for_its_time_and_then_its_name_is_free() {
    let log = MemoryLog::new(Bounds::default().ended(10 * MINUTE).age(MINUTE));
    let last = append(&log, "a", "1").await;
    log.end(&channel("a"), None).await.unwrap();
    advance(10 * MINUTE - Duration::from_millis(1)).await;
    let before = log.rewind(&channel("a"), 1).await.unwrap();
    let page = read(&log, "a", before).await;
    assert_eq!(data(&page), ["1"]);
    assert!(page.is_end());

    advance(Duration::from_millis(1)).await;
    assert!(!log.extent(&channel("a")).await.unwrap().ended);
    assert!(append(&log, "a", "2").await.seq() > last.seq());
}

#[tokio::test(start_paused = true)]
async fn one_channel_too_many_drops_what_was_not_published_to_for_long() {
    let log = MemoryLog::new(Bounds::default().channels(3));
    let mut seen = Vec::new();
    for name in ["a", "b", "c"] {
        seen.push(append(&log, name, "1").await);
    }
    append(&log, "a", "2").await;
    append(&log, "d", "1").await;
    let mut exist = Vec::new();
    for name in ["a", "b", "c", "d"] {
        exist.push(log.extent(&channel(name)).await.unwrap().exists);
    }
    assert_eq!(exist, [true, false, true, true]);
    assert_eq!(data(&read(&log, "a", seen[0]).await), ["2"]);
    // Nothing came after what it has seen.
    let page = read(&log, "b", seen[1]).await;
    assert_eq!(page.standing(), Standing::Contiguous);
}

#[tokio::test(start_paused = true)]
async fn what_a_watched_channel_held_is_dropped_exactly_and_its_watch_lives_on() {
    let log = MemoryLog::new(Bounds::default().channels(1));
    let mut watch = log.watch(&channels(["a"]));
    let start = end_of(&log, "a").await;
    append(&log, "a", "1").await;
    watch.changed().await;
    append(&log, "b", "1").await;
    append(&log, "a", "2").await;
    watch.changed().await;
    let page = read(&log, "a", start).await;
    assert_eq!(page.standing(), Standing::Truncated { missed: Some(1) });
    assert_eq!(data(&page), ["2"]);
}

#[tokio::test(start_paused = true)]
async fn with_many_channels_the_bound_is_exact_too() {
    let log = MemoryLog::new(Bounds::default().channels(2000));
    for n in 0..3000 {
        append(&log, &n.to_string(), "1").await;
    }
    let mut existing = 0;
    for n in 0..3000 {
        let extent = log.extent(&channel(&n.to_string())).await.unwrap();
        existing += usize::from(extent.exists);
    }
    assert_eq!(existing, 2000);
}
