//! Clients that read slowly, and are sent what is newest.

use std::time::Duration;

use tokio::time::{interval, sleep};

use crate::alone;
use crate::client::{Client, numbers, text};
use crate::server::{hub, publish, serve, tick};

/// What may be on its way to a client: what the connection was given, what the kernel holds on both
/// sides of it, and one event of each of ten keys.
const ON_ITS_WAY: usize = 128 * 1024;

/// Of each key.
const LAST: [u64; 10] = [6000, 5991, 5992, 5993, 5994, 5995, 5996, 5997, 5998, 5999];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflating_client_at_a_hundredth_of_the_pace_is_sent_what_is_newest() {
    let _alone = alone().await;
    let hub = hub();
    let server = serve(&hub).await;
    let mut client = Client::narrow(server.address, "channel=c&conflate=true").await;
    let publisher = tokio::spawn(async move {
        // A megabyte a second for six seconds.
        let content = "x".repeat(1000);
        let mut pace = interval(Duration::from_millis(10));
        for n in 0..6000 {
            if n % 10 == 0 {
                pace.tick().await;
            }
            publish(&hub, "c", &tick(n, &content)).await;
        }
        hub
    });
    let (mut got, mut newest) = (String::new(), [0; 10]);
    let mut check = |next: &[u8]| {
        got.push_str(text(next));
        let Some(end) = got.rfind("\n\n") else {
            return newest;
        };
        let numbers = numbers(&got[..end]);
        for n in &numbers {
            let key = (n % 10) as usize;
            assert!(newest[key] == 0 || newest[key] < *n, "back in time");
            newest[key] = *n;
        }
        got.drain(..end);
        newest
    };
    // Ten kilobytes a second.
    while !publisher.is_finished() {
        check(&client.next_at_most(1000).await);
        sleep(Duration::from_millis(100)).await;
    }
    let hub = publisher.await.expect("all are published");
    // What is published now, and the last of each other key, comes after no more than what is on its
    // way.
    publish(&hub, "c", &tick(6000, "")).await;
    let before = client.received;
    while check(&client.next().await) != LAST {}
    let between = client.received - before;
    assert!(between <= ON_ITS_WAY, "{between} bytes came");
}
