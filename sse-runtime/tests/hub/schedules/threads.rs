//! Publishers and subscribers in threads of their own, as they come.

use std::time::Duration;

use sse_runtime::hub::{Hub, Subscribe};
use sse_runtime::log::{Bounds, MemoryLog};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::blocks;
use crate::support::{MarketTicks, Tick, tick};

const EVENTS: u64 = 2000;

/// All that comes, up to the end of the channel; who is not woken for it fails.
fn follow(subscribe: Subscribe<MarketTicks, MemoryLog>) -> JoinHandle<Vec<Tick>> {
    tokio::spawn(async move {
        let mut events = subscribe.await.expect("subscribed");
        let mut got = Vec::new();
        loop {
            let next = timeout(Duration::from_secs(60), events.next()).await;
            let next = next.expect("somebody wakes it");
            let Some(bytes) = next.expect("the log can be read") else {
                return got;
            };
            got.extend(blocks(&bytes).iter().filter_map(|block| block.tick()));
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_publishers_and_subscribers_at_once_everyone_gets_the_same_in_the_same_order() {
    let log = MemoryLog::new(Bounds::default().events(3 * EVENTS as usize));
    let hub = Hub::new(log, MarketTicks);
    // None of them begins after the first event.
    let begin = hub.position("c").await.expect("known");
    let ask = || hub.subscribe("c").after(Some(begin.clone()));
    let all: Vec<_> = (0..4).map(|_| follow(ask())).collect();
    let of_key: Vec<_> = (0..4).map(|_| follow(ask().keys(["1"]))).collect();
    let newest: Vec<_> = (0..4).map(|_| follow(ask().conflate())).collect();
    let publishers = (0..3_u64).map(|publisher| {
        let hub = hub.clone();
        tokio::spawn(async move {
            for n in 0..EVENTS {
                let tick = tick(&publisher.to_string(), n);
                hub.publish("c", &tick).await.expect("published");
                if n % 64 == 0 {
                    // Who comes and goes meanwhile.
                    drop(hub.subscribe("c").await);
                    tokio::task::yield_now().await;
                }
            }
        })
    });
    for publisher in publishers.collect::<Vec<_>>() {
        publisher.await.expect("all are published");
    }
    hub.close("c").await.expect("closed");

    let mut got = Vec::new();
    for one in all {
        got.push(one.await.expect("to the end"));
    }
    let first = got.pop().expect("there are four");
    assert_eq!(first.len() as u64, 3 * EVENTS);
    assert!(got.iter().all(|other| *other == first));
    let of = |symbol: &str| {
        let ticks = first.iter().filter(move |tick| tick.symbol == symbol);
        ticks.cloned().collect::<Vec<_>>()
    };
    for symbol in ["0", "1", "2"] {
        assert!(of(symbol).iter().map(|tick| tick.n).eq(0..EVENTS));
    }
    for one in of_key {
        assert!(one.await.expect("to the end") == of("1"));
    }
    for one in newest {
        let got = one.await.expect("to the end");
        for symbol in ["0", "1", "2"] {
            let numbers = got.iter().filter(|tick| tick.symbol == symbol);
            let numbers: Vec<_> = numbers.map(|tick| tick.n).collect();
            assert!(numbers.is_sorted_by(|a, b| a < b));
            assert_eq!(numbers.last(), Some(&(EVENTS - 1)));
        }
    }
}
