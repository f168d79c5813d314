//! What can be published, and what cannot.

use crate::support::{Client, hub, publish, tick};

#[tokio::test(start_paused = true)]
async fn no_name_from_a_client_is_the_wildcard() {
    let hub = hub().with_wildcard();
    let client = Client::new(&hub, "channel=*", "").await;
    assert_eq!(client.status, 400);
    assert!(hub.publish("*", &tick("a", 1)).await.is_err());

    let mut all = Client::new(&hub, "all=true", "").await;
    all.blocks().await;
    hub.publish("c", &tick("a", 1)).await.expect("published");
    hub.publish("d", &tick("a", 2)).await.expect("published");
    assert_eq!(all.numbers().await, [1, 2]);
    assert_eq!((hub.subscribers("c"), hub.subscribers_to_all()), (0, 1));
    assert_eq!(hub.subscriptions(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_signal_reaches_all_who_are_there_without_an_id_and_is_in_no_replay() {
    let hub = hub();
    let ids = publish(&hub, "c", 0..1).await;
    let mut clients = Vec::new();
    for query in [
        "channel=c",
        "channel=b&channel=c",
        "channel=c&conflate=true",
    ] {
        let mut client = Client::new(&hub, query, "").await;
        client.blocks().await;
        clients.push(client);
    }
    let mut elsewhere = Client::new(&hub, "channel=b", "").await;
    for n in 100..110 {
        hub.signal("c", &tick("a", n)).await.expect("signalled");
    }
    for client in &mut clients {
        let blocks = client.blocks().await;
        assert!(blocks.iter().all(|block| block.id.is_none()), "{blocks:?}");
        let numbers = blocks.iter().filter_map(|block| block.number());
        assert!(numbers.eq(100..110));
    }
    assert!(elsewhere.numbers().await.is_empty());
    publish(&hub, "c", 1..2).await;
    for id in ["", &ids[0]] {
        let mut late = Client::new(&hub, "channel=c&otherwise=all", id).await;
        assert!(late.numbers().await.ends_with(&[1]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_to_nobody_is_lost_and_leaves_no_channel() {
    let hub = hub();
    hub.signal("c", &tick("a", 1)).await.expect("signalled");
    let client = Client::new(&hub, "channel=c&existing=true", "").await;
    assert_eq!(client.status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_published_in_its_order_and_read_in_one_piece() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c", "").await;
    client.blocks().await;
    let batch: Vec<_> = (0..100).map(|n| tick("a", n)).collect();
    let ids = hub.publish_all("c", &batch).await.expect("published");
    let blocks = client.blocks().await;
    let got = blocks.iter().filter_map(|block| block.id.clone());
    assert!(got.eq(ids.iter().map(ToString::to_string)));
    let numbers = blocks.iter().filter_map(|block| block.number());
    assert!(numbers.eq(0..100));
    let none: [crate::support::Tick; 0] = [];
    assert_eq!(hub.publish_all("c", &none).await.expect("nothing"), []);
}

#[tokio::test(start_paused = true)]
async fn of_a_batch_in_which_one_event_is_refused_none_is_published() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c", "").await;
    client.blocks().await;
    let too_large = tick(&"x".repeat(2 * 1024 * 1024), 1);
    let batch = [tick("a", 0), too_large, tick("a", 2)];
    let refused = hub.publish_all("c", &batch).await;
    let refused = refused.expect_err("one is too large");
    assert!(!refused.may_be_published());
    assert!(client.numbers().await.is_empty());

    hub.close("c").await.expect("closed");
    let refused = hub.publish_all("c", &[tick("a", 0), tick("a", 1)]).await;
    assert!(!refused.expect_err("it has ended").may_be_published());
    assert_eq!(client.rest().await, "id: sse-runtime:end-of-stream\n\n");
}
