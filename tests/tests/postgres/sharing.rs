//! How many transactions the appends of a node take.

use tokio::task::{JoinSet, yield_now};

use crate::support::{append, client, text, with_log};

const PUBLISHERS: usize = 8;
const EVENTS: usize = 50;

#[tokio::test]
async fn those_who_append_again_and_again_share_each_transaction() {
    let Some((server, log)) = with_log().await else {
        return;
    };
    let mut publishers = JoinSet::new();
    for publisher in 0..PUBLISHERS {
        let log = log.clone();
        publishers.spawn(async move {
            for _ in 0..EVENTS {
                append(&log, &format!("c{publisher}"), "x").await;
            }
        });
        // The first one's transaction is under way when the others come.
        for _ in 0..8 {
            yield_now().await;
        }
    }
    publishers.join_all().await;
    let transactions = "select count(distinct xmin::text)::text from sse_event";
    let transactions = text(&client(&server).await, transactions).await;
    let transactions: usize = transactions.parse().expect("it is a number");
    // In two halves that wait for each other they would take twice as many.
    assert!(transactions < EVENTS * 3 / 2, "{transactions}");
}
