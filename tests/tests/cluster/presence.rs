//! Who is present, as other nodes see it.

use std::time::Duration;

use reqwest::Client;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use crate::ask;
use crate::cluster::{Cluster, Engine};

const CHANNEL: &str = "lobby";

/// Those whom one node has are told to others within this; a node that says nothing for 30 s is gone.
const TOLD_WITHIN: Duration = Duration::from_secs(5);
const GONE_WITHIN: Duration = Duration::from_secs(45);

/// Who enters by one node is seen by way of another, until they leave, or their node is killed.
pub(crate) async fn is_seen_from_other_nodes<E: Engine>() {
    let Some(cluster) = Cluster::<E>::start(100).await else {
        return;
    };
    let http = Client::new();
    let nodes = cluster.entrances.all();
    let enter = async |who: &str| {
        let url = format!("{}/events?channels={CHANNEL}&who={who}", nodes[0]);
        http.get(url).send().await.expect("the node answers")
    };
    let seen = async |expected: &[&str], within: Duration| {
        let began = Instant::now();
        loop {
            let who = ask::presence(&http, &nodes[1], CHANNEL).await.who;
            if who == expected {
                return began.elapsed();
            }
            assert!(
                began.elapsed() < within,
                "{who:?} are seen, not {expected:?}"
            );
            sleep(Duration::from_millis(50)).await;
        }
    };
    seen(&[], TOLD_WITHIN).await;
    let ann = enter("ann").await;
    let _bob = enter("bob").await;
    let seen_after = seen(&["ann", "bob"], TOLD_WITHIN).await;
    drop(ann);
    let left_after = seen(&["bob"], TOLD_WITHIN).await;
    block_in_place(|| cluster.kill(0));
    let gone_after = seen(&[], GONE_WITHIN).await;
    println!(
        "seen after {seen_after:?}, left after {left_after:?}, gone with their node after {gone_after:?}"
    );
}
