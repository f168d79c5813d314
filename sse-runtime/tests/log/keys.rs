//! Watches of some keys: hinted of those, and of all others only as often as they must be.

use futures::FutureExt;
use sse_runtime::log::*;

use crate::support::{channel, channels};

async fn append(log: &MemoryLog, key: &str) {
    let record = Record::new(b"data: x\n").and_then(|record| record.with_key(key));
    log.append(&channel("c"), &record.unwrap()).await.unwrap();
}

fn is_hinted(watch: &mut MemoryWatch) -> bool {
    watch.changed().now_or_never().is_some()
}

#[tokio::test(start_paused = true)]
async fn who_watches_keys_is_not_woken_for_others() {
    let log = MemoryLog::default();
    append(&log, "z").await;
    let mut watch = log.watch_keys(&channels(["c"]), &["a", "b"].into_iter().collect());
    let mut hints = 0;
    for n in 0..200 {
        append(&log, ["c", "d", "e"][n % 3]).await;
        hints += usize::from(is_hinted(&mut watch));
    }
    assert!(hints <= 1, "{hints} hints of 200 records of other keys");
    append(&log, "b").await;
    assert!(is_hinted(&mut watch));
}

#[tokio::test(start_paused = true)]
async fn who_reads_on_when_hinted_is_never_passed_by() {
    for events in [1, 2, 3, 4, 10, 1000] {
        let log = MemoryLog::new(Bounds::default().events(events));
        let mut watch = log.watch_keys(&channels(["c"]), &["a"].into_iter().collect());
        let mut at = log.extent(&channel("c")).await.unwrap().newest;
        for _ in 0..5000 {
            append(&log, "b").await;
            if is_hinted(&mut watch) {
                let page = log.read_after(&channel("c"), at, Limit::default()).await;
                let page = page.unwrap();
                assert_eq!(page.standing(), Standing::Contiguous);
                at = page.next();
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn watches_of_keys_that_leave_are_forgotten() {
    let log = MemoryLog::default();
    for n in 0..1000 {
        let keys = (0..10).map(|key| (n + key).to_string()).collect();
        drop(log.watch_keys(&channels(["c"]), &keys));
    }
    let mut stays = log.watch_keys(&channels(["c"]), &["a"].into_iter().collect());
    drop(log.watch(&channels(["c"])));
    append(&log, "a").await;
    assert!(is_hinted(&mut stays));
}
