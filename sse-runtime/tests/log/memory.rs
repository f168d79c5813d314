//! The log in memory, beside what every log holds.

use std::sync::{Arc, Mutex};
use std::task::{Context, Wake};

use futures::FutureExt;
use sse_runtime::log::*;

use crate::support::{append, channel, channels, data, end_of, read};

#[tokio::test(start_paused = true)]
async fn another_log_is_another_epoch() {
    let (before, after) = (MemoryLog::default(), MemoryLog::default());
    let seen = append(&before, "a", "1").await;
    append(&after, "a", "2").await;
    let page = read(&after, "a", seen).await;
    assert_eq!(page.standing(), Standing::UnknownEpoch);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_events_are_read_as_one_piece_that_all_readers_share() {
    let log = MemoryLog::default();
    let start = end_of(&log, "a").await;
    for n in 0..100 {
        append(&log, "a", &n.to_string()).await;
    }
    let pieces = read(&log, "a", start).await;
    let pieces: Vec<_> = pieces.runs().map(Run::wire).collect();
    assert_eq!(pieces.len(), 1);
    let again = read(&log, "a", start).await;
    let again: Vec<_> = again.runs().map(Run::wire).collect();
    assert_eq!(again[0].as_ptr(), pieces[0].as_ptr());
}

#[tokio::test(start_paused = true)]
async fn many_large_events_are_read_in_pieces_of_64_kib() {
    let log = MemoryLog::default();
    let start = end_of(&log, "a").await;
    let payload = "x".repeat(1000);
    for _ in 0..600 {
        append(&log, "a", &payload).await;
    }
    let limit = Limit::new(usize::MAX, usize::MAX);
    let page = log.read_after(&channel("a"), start, limit).await.unwrap();
    let sizes: Vec<_> = page.runs().map(|run| run.wire().len()).collect();
    assert!(sizes.len() <= 11, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size < 66 * 1024), "{sizes:?}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_read_live_lies_in_memory_of_its_own() {
    let log = MemoryLog::default();
    for n in 0..5 {
        let before = end_of(&log, "a").await;
        append(&log, "a", &n.to_string()).await;
        let page = read(&log, "a", before).await;
        let entry = page.runs().next().unwrap().entries().next().unwrap();
        assert_eq!(page.runs().next().unwrap().wire(), entry.wire());
        assert_eq!(data(&page), [n.to_string()]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_append_that_is_never_awaited_appends_nothing() {
    let log = MemoryLog::default();
    let before = end_of(&log, "a").await;
    drop(log.append(&channel("a"), &Record::new(b"data: x\n").unwrap()));
    assert_eq!(end_of(&log, "a").await, before);
}

#[tokio::test(start_paused = true)]
async fn a_watch_is_pending_until_something_is_appended() {
    let log = MemoryLog::default();
    append(&log, "a", "before").await;
    let mut watch = log.watch(&channels(["a"]));
    assert_eq!(watch.changed().now_or_never(), None);
    append(&log, "b", "elsewhere").await;
    assert_eq!(watch.changed().now_or_never(), None);
    append(&log, "a", "1").await;
    append(&log, "a", "2").await;
    let changed = watch.changed().now_or_never().unwrap();
    assert_eq!(changed.channels().collect::<Vec<_>>(), [0]);
    assert!(!changed.has_signals());
    assert_eq!(watch.changed().now_or_never(), None);
}

#[tokio::test(start_paused = true)]
async fn one_hint_names_all_channels_that_changed() {
    let log = MemoryLog::default();
    let mut watch = log.watch(&channels(["a", "b", "c"]));
    append(&log, "c", "1").await;
    append(&log, "a", "1").await;
    log.signal(&channel("b"), &Record::new(b"data: x\n").unwrap())
        .await
        .unwrap();
    let changed = watch.changed().now_or_never().unwrap();
    assert_eq!(changed.channels().collect::<Vec<_>>(), [0, 2]);
    assert!(changed.has_signals());
    assert_eq!(watch.take_signal().unwrap().channel(), 1);
    assert_eq!(watch.take_signal(), None);
}

#[tokio::test(start_paused = true)]
async fn a_watch_keeps_the_newest_64_signals() {
    let log = MemoryLog::default();
    let mut watch = log.watch(&channels(["a"]));
    for n in 0..100 {
        let lines = format!("data: {n}\n");
        let record = Record::new(lines.as_bytes()).unwrap();
        log.signal(&channel("a"), &record).await.unwrap();
    }
    let signals: Vec<_> = std::iter::from_fn(|| watch.take_signal()).collect();
    assert_eq!(signals.len(), 64);
    assert_eq!(signals[0].wire(), &"data: 36\n\n");
}

#[tokio::test(start_paused = true)]
async fn a_signal_to_nobody_leaves_nothing() {
    let log = MemoryLog::default();
    let record = Record::new(b"data: x\n").unwrap();
    log.signal(&channel("a"), &record).await.unwrap();
    assert!(!log.extent(&channel("a")).await.unwrap().exists);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_reader_sees_what_all_writers_wrote_in_one_order() {
    const WRITERS: usize = 4;
    const EACH: usize = 200;
    let log = MemoryLog::default();
    let start = end_of(&log, "a").await;
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let (log, mut watch) = (log.clone(), log.watch(&channels(["a"])));
            tokio::spawn(async move {
                let (mut seen, mut at) = (Vec::new(), start);
                while seen.len() < WRITERS * EACH {
                    let page = read(&log, "a", at).await;
                    assert_eq!(page.standing(), Standing::Contiguous);
                    seen.extend(data(&page));
                    at = page.next();
                    if page.is_empty() {
                        watch.changed().await;
                    }
                }
                seen
            })
        })
        .collect();
    for writer in 0..WRITERS {
        let log = log.clone();
        tokio::spawn(async move {
            for n in 0..EACH {
                append(&log, "a", &format!("{writer}.{n}")).await;
                tokio::task::yield_now().await;
            }
        });
    }
    let mut orders = Vec::new();
    for reader in readers {
        orders.push(reader.await.unwrap());
    }
    assert!(orders.iter().all(|order| *order == orders[0]));
    for writer in 0..WRITERS {
        let own = format!("{writer}.");
        let of_writer = orders[0].iter().filter(|data| data.starts_with(&own));
        let in_order = (0..EACH).map(|n| format!("{own}{n}"));
        assert!(of_writer.eq(in_order.collect::<Vec<_>>().iter()));
    }
}

/// An executor that polls where it wakes: what it polls reads on, and publishes.
#[tokio::test(start_paused = true)]
async fn who_publishes_from_within_a_waker_waits_for_nobody_and_is_heard_by_all() {
    struct ReadsAndPublishes(MemoryLog, Mutex<MemoryWatch>);
    impl Wake for ReadsAndPublishes {
        fn wake(self: Arc<Self>) {
            assert!(self.1.lock().unwrap().changed().now_or_never().is_some());
            append(&self.0, "a", "2").now_or_never().unwrap();
        }
    }
    let log = MemoryLog::default();
    let reads = Mutex::new(log.watch(&channels(["a"])));
    let mut publishes = log.watch(&channels(["a"]));
    let inline = Arc::new(ReadsAndPublishes(log.clone(), reads));
    let waker = Arc::clone(&inline).into();
    assert!(
        publishes
            .poll_changed(&mut Context::from_waker(&waker))
            .is_pending()
    );

    append(&log, "a", "1").await;
    let changed = inline.1.lock().unwrap().changed().now_or_never();
    assert!(changed.is_some(), "no hint came for the second");
}

/// A waker that panics, as an executor that is shutting down may.
#[tokio::test(start_paused = true)]
async fn a_waker_that_panics_takes_hints_from_nobody_else() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("woken");
        }
    }
    let log = MemoryLog::default();
    let mut bad = log.watch(&channels(["a"]));
    let waker = Arc::new(Panics).into();
    let mut cx = Context::from_waker(&waker);
    assert!(bad.poll_changed(&mut cx).is_pending());
    let mut good = log.watch(&channels(["a"]));
    assert_eq!(good.changed().now_or_never(), None);

    let room = channel("a");
    let record = Record::new(b"data: x\n").unwrap();
    let woken = log.append(&room, &record);
    let caught = std::panic::AssertUnwindSafe(woken).catch_unwind().await;
    assert!(caught.is_err());
    append(&log, "a", "2").await;
    assert!(good.changed().now_or_never().is_some());
}
