//! Keys, filters, conflation, several channels.

use std::time::Duration;

use futures::FutureExt;
use http::StatusCode;

use crate::support::{Client, Ticks, blocks_of, hub, hub_of, tick};

async fn publish(hub: &Ticks, channel: &str, symbol: &str, n: u64) -> String {
    let id = hub.publish(channel, &tick(symbol, n)).await;
    id.expect("published").as_str().to_owned()
}

async fn publish_many(hub: &Ticks, channel: &str, symbol: &str, numbers: std::ops::Range<u64>) {
    for n in numbers {
        publish(hub, channel, symbol, n).await;
    }
}

#[tokio::test(start_paused = true)]
async fn keys_leave_out_all_other_events() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c&key=b&key=d", "").await;
    client.blocks().await;
    for (n, symbol) in ["a", "b", "c", "d", "b"].into_iter().enumerate() {
        publish(&hub, "c", symbol, n as u64).await;
    }
    assert_eq!(client.numbers().await, [1, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_passes_nothing_for_an_hour_resumes_without_a_gap() {
    let hub = hub_of(1000);
    let mut client = Client::new(&hub, "channel=c&only=999999", "").await;
    let mut last_id = client.headers["last-event-id"]
        .to_str()
        .expect("text")
        .to_owned();
    for second in 0..3600 {
        publish_many(&hub, "c", "a", second * 10..(second + 1) * 10).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let blocks = client.blocks().await;
        assert!(
            blocks.iter().all(|block| block.data.is_none()),
            "{blocks:?}"
        );
        if let Some(id) = blocks.into_iter().filter_map(|block| block.id).next_back() {
            last_id = id;
        }
    }
    drop(client);
    let mut client = Client::new(&hub, "channel=c&only=999999", &last_id).await;
    assert!(
        client
            .blocks()
            .await
            .iter()
            .all(|block| block.gap().is_none())
    );
    publish(&hub, "c", "a", 999_999).await;
    assert_eq!(client.numbers().await, [999_999]);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_moves_the_resume_point_before_a_heartbeat_where_it_is_much() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c&key=b", "").await;
    client.blocks().await;
    publish_many(&hub, "c", "a", 0..1000).await;
    let blocks = client.blocks().await;
    let id = blocks
        .into_iter()
        .filter_map(|block| block.id)
        .next_back()
        .expect("an id");
    let (_, told) = id.split_once('-').expect("an id of the log");
    assert!(told.parse::<u64>().expect("a number") > 700, "{id}");
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_each_key_comes_first_then_what_is_published() {
    let hub = hub();
    for n in 0..100 {
        publish(&hub, "c", ["a", "b", "c"][n as usize % 3], n).await;
    }
    let mut client = Client::new(&hub, "channel=c&otherwise=per-key", "").await;
    assert_eq!(client.numbers().await, [97, 98, 99]);
    publish_many(&hub, "c", "a", 100..103).await;
    assert_eq!(
        client.numbers().await,
        [100, 101, 102],
        "from then on all are sent"
    );
}

#[tokio::test(start_paused = true)]
async fn a_conflating_client_gets_only_what_is_newest_when_it_reads() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c&conflate=true", "").await;
    client.blocks().await;
    for n in 0..300 {
        publish(&hub, "c", ["a", "b", "c"][n as usize % 3], n).await;
    }
    assert_eq!(client.numbers().await, [297, 298, 299]);
    publish(&hub, "c", "a", 300).await;
    assert_eq!(client.numbers().await, [300]);
}

#[tokio::test(start_paused = true)]
async fn a_conflating_client_is_given_no_more_at_once_for_having_long_ids() {
    let hub = hub();
    let names: Vec<_> = (0..50).map(|n| format!("room-{n}")).collect();
    let events = hub.subscribe(&names).conflate().await;
    let mut events = events.expect("50 channels");
    for n in 0..1000 {
        publish(&hub, "room-0", &n.to_string(), n).await;
    }
    let mut taken = 0;
    while let Some(Ok(Some(stretch))) = events.next().now_or_never() {
        // A turn, and the event that goes over it.
        assert!(stretch.len() < 17 * 1024, "{} bytes", stretch.len());
        taken += blocks_of(str::from_utf8(&stretch).expect("UTF-8")).len();
    }
    assert_eq!(taken, 1000);
}

#[tokio::test(start_paused = true)]
async fn several_channels_have_one_id_and_each_resumes_where_it_was() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=a&channel=b", "").await;
    client.blocks().await;
    publish(&hub, "a", "x", 1).await;
    publish(&hub, "b", "x", 2).await;
    publish(&hub, "a", "x", 3).await;
    let blocks = client.blocks().await;
    let mut numbers: Vec<_> = blocks.iter().filter_map(|block| block.number()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
    let id = blocks
        .last()
        .and_then(|block| block.id.clone())
        .expect("an id");

    publish(&hub, "b", "x", 4).await;
    publish(&hub, "a", "x", 5).await;
    let mut client = Client::new(&hub, "channel=b&channel=a", &id).await;
    let mut numbers = client.numbers().await;
    numbers.sort_unstable();
    assert_eq!(numbers, [4, 5]);
}

#[tokio::test(start_paused = true)]
async fn one_stream_follows_50_channels_and_not_one_more() {
    let hub = hub();
    let names: Vec<_> = (0..=50).map(|n| format!("channel=room-{n}")).collect();
    let client = Client::new(&hub, &names[..50].join("&"), "").await;
    assert_eq!(client.status, StatusCode::OK);
    let client = Client::new(&hub, &names.join("&"), "").await;
    assert_eq!(client.status, StatusCode::BAD_REQUEST);
    let client = Client::new(&hub, "", "").await;
    assert_eq!(client.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_key_that_never_comes_is_not_told_of_a_gap_when_others_grow_old() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c&key=rare", "").await;
    client.blocks().await;
    publish_many(&hub, "c", "common", 0..100).await;
    // The log keeps an hour.
    tokio::time::sleep(Duration::from_secs(2 * 3600)).await;
    client.blocks().await;
    publish(&hub, "c", "common", 100).await;
    publish(&hub, "c", "rare", 101).await;
    let blocks = client.blocks().await;
    assert!(
        blocks.iter().all(|block| block.gap().is_none()),
        "{blocks:?}"
    );
    assert!(blocks.iter().any(|block| block.number() == Some(101)));
}

#[tokio::test(start_paused = true)]
async fn no_keys_at_all_leave_out_every_event_but_neither_its_place_nor_the_end() {
    let hub = hub_of(100);
    let events = hub.subscribe("c").keys([""; 0]).await;
    let mut events = events.expect("subscribed");
    let mut told = String::new();
    for n in 0..20 {
        publish_many(&hub, "c", "a", n * 30..(n + 1) * 30).await;
        let next = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
        if let Ok(bytes) = next {
            let bytes = bytes.expect("the log can be read").expect("more to come");
            told.push_str(str::from_utf8(&bytes).expect("UTF-8"));
        }
    }
    hub.close("c").await.expect("closed");
    let end = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
    assert_eq!(end.expect("at once").expect("the log can be read"), None);
    assert!(!told.is_empty() && !told.contains("data"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_changes_all_the_time_reaches_a_conflating_client_that_is_always_behind() {
    let hub = hub_of(100_000);
    let mut client = Client::new(&hub, "channel=c&conflate=true", "").await;
    client.blocks().await;
    let (mut hot, mut turns, mut n) = (Vec::new(), 0, 0);
    while turns < 200 {
        for _ in 0..100 {
            publish(&hub, "c", "hot", n).await;
            publish(&hub, "c", &format!("cold-{}", n % 3000), n).await;
            n += 1;
        }
        // One write at a time: far less than what changes meanwhile.
        let chunk = client.chunk().await.expect("the stream goes on");
        turns += 1;
        for line in chunk.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let tick: crate::support::Tick = serde_json::from_str(line).expect("a tick");
            if tick.symbol == "hot" {
                assert!(
                    hot.last().is_none_or(|last| *last < tick.n),
                    "{hot:?} {}",
                    tick.n
                );
                hot.push(tick.n);
            }
        }
    }
    assert!(hot.len() > 10, "{hot:?}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_passes_nothing_of_100_events_a_second_resumes_at_any_moment_without_a_gap() {
    let hub = hub_of(1000);
    let mut last_id = hub.position("c").await.expect("known").to_string();
    for round in 0..15 {
        let mut client = Client::new(&hub, "channel=c&only=999999", &last_id).await;
        // For ten seconds, and a little less each time.
        for tenth in 0..100 - round {
            publish_many(&hub, "c", "a", tenth * 10..(tenth + 1) * 10).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            for block in client.blocks().await {
                assert_eq!(block.data, None);
                last_id = block.id.unwrap_or(last_id);
            }
        }
    }
}
