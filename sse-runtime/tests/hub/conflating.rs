//! Clients that are sent what is newest, as fast as they read.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use futures::FutureExt;
use tokio::time::{interval, sleep};

use crate::support::{Client, Ticks, blocks_of, hub, tick};

const SECOND: Duration = Duration::from_secs(1);
const KEYS: [&str; 3] = ["a", "b", "c"];

/// What was published last of each key.
type Newest = HashMap<String, u64>;

/// Publishes 100 ticks a second for a minute; counts up.
async fn publish(hub: Ticks, newest: Arc<Mutex<Newest>>) {
    let mut rng = Rng::with_seed(7);
    let mut pace = interval(SECOND / 100);
    for n in 0..6000 {
        pace.tick().await;
        let key = KEYS[rng.usize(0..3)];
        let published = hub.publish("c", &tick(key, n)).await;
        published.expect("published");
        newest.lock().expect("whole").insert(key.to_owned(), n);
    }
}

/// Takes note of what a client is shown.
fn show(shown: &mut Newest, text: &str) {
    for tick in blocks_of(text).iter().filter_map(|block| block.tick()) {
        let before = shown.insert(tick.symbol, tick.n);
        assert!(before.is_none_or(|before| before < tick.n), "back in time");
    }
}

/// What is shown is all at least as new as what was newest then.
fn is_no_older(shown: &Newest, than: &Newest) -> bool {
    than.iter()
        .all(|(key, n)| shown.get(key).is_some_and(|shown| shown >= n))
}

#[tokio::test(start_paused = true)]
async fn a_client_at_a_hundredth_of_the_pace_is_shown_what_is_newest_when_it_reads() {
    let hub = hub();
    let newest = Arc::new(Mutex::new(Newest::new()));
    let mut client = Client::new(&hub, "channel=c&conflate=true", "").await;
    let publisher = tokio::spawn(publish(hub.clone(), Arc::clone(&newest)));
    let mut shown = Newest::new();
    for _ in 0..70 {
        sleep(SECOND).await;
        let now = newest.lock().expect("whole").clone();
        while let Some(chunk) = client.chunk().now_or_never() {
            show(&mut shown, &chunk.expect("the stream goes on"));
        }
        assert_eq!(shown, now);
    }
    publisher.await.expect("all are published");
    assert_eq!(shown, *newest.lock().expect("whole"));
}

#[tokio::test(start_paused = true)]
async fn what_a_connection_begins_to_write_was_newest_when_it_began_the_write_before() {
    let hub = hub();
    let newest = Arc::new(Mutex::new(Newest::new()));
    let publisher = tokio::spawn(publish(hub.clone(), Arc::clone(&newest)));
    // A connection is a task; it asks for more than it can write.
    let last = Arc::clone(&newest);
    let connection = tokio::spawn(async move {
        let mut client = Client::new(&hub, "channel=c&conflate=true", "").await;
        let (mut shown, mut queue) = (Newest::new(), VecDeque::new());
        let mut began_before = Newest::new();
        for second in 0..75 {
            for _ in 0..10 {
                // A body that is not sure yet of its connection wakes it to be asked again.
                queue.extend(client.frame().now_or_never().flatten());
            }
            assert!(queue.len() <= 2, "{} writes wait", queue.len());
            let begins = newest.lock().expect("whole").clone();
            if let Some(frame) = queue.pop_front() {
                show(&mut shown, str::from_utf8(&frame).expect("UTF-8"));
                if second > 5 {
                    assert!(is_no_older(&shown, &began_before), "{shown:?}");
                }
                sleep(SECOND).await;
                drop(frame);
            } else {
                sleep(SECOND).await;
            }
            began_before = begins;
        }
        shown
    });
    publisher.await.expect("all are published");
    let shown = connection.await.expect("it is shown what is new");
    assert_eq!(shown, *last.lock().expect("whole"));
}

#[tokio::test(start_paused = true)]
async fn who_loses_its_connection_before_it_has_all_that_is_newest_is_never_shown_what_is_older() {
    for query in ["otherwise=per-key", "otherwise=all&conflate=true"] {
        let hub = hub();
        // More than one write takes, of many keys and of one that changes all the time.
        for n in 0..300 {
            for (key, n) in [("hot".to_owned(), 2 * n), (format!("key-{n}"), 2 * n + 1)] {
                let published = hub.publish("c", &tick(&key, n)).await;
                published.expect("published");
            }
        }
        let query = format!("channel=c&{query}");
        let first = Client::new(&hub, &query, "").await.chunk().await;
        let first = first.expect("a part of it");
        let ends = first.match_indices("\n\n").map(|(at, _)| at + 2);
        for end in ends.filter(|end| *end < first.len()).step_by(20) {
            let mut shown = Vec::from_iter(blocks_of(&first[..end]));
            let id = shown.last().and_then(|block| block.id.clone());
            let mut again = Client::new(&hub, &query, &id.expect("an id")).await;
            shown.extend(again.blocks().await);
            let mut newest = Newest::new();
            for tick in shown.iter().filter_map(|block| block.tick()) {
                let before = newest.insert(tick.symbol.clone(), tick.n);
                assert!(before <= Some(tick.n), "{query}: {before:?}, then {tick:?}");
            }
            assert_eq!((newest.len(), newest["hot"]), (301, 598), "{query}");
        }
    }
}
