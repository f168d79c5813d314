//! What a client is told that missed events, on one channel and on several.

use sse_runtime::hub::{Deliver, OnGap, SubscribeError};

use crate::support::{Block, Client, Ticks, blocks_of, hub, hub_of, publish, tick};

fn gaps(blocks: &[Block]) -> Vec<&str> {
    blocks.iter().filter_map(Block::gap).collect()
}

fn numbers(blocks: &[Block]) -> Vec<u64> {
    blocks.iter().filter_map(Block::number).collect()
}

/// The id of a client that was there before anything was published.
async fn start(hub: &Ticks, channels: &[&str]) -> String {
    hub.position(channels).await.expect("known").to_string()
}

#[tokio::test(start_paused = true)]
async fn who_missed_events_of_several_channels_is_told_once_before_all_events() {
    let hub = hub_of(100);
    let id = start(&hub, &["a", "b", "c"]).await;
    publish(&hub, "a", 0..150).await;
    publish(&hub, "b", 1000..1010).await;
    publish(&hub, "c", 2000..2120).await;
    let mut client = Client::new(&hub, "channel=a&channel=b&channel=c", &id).await;
    let blocks = client.blocks().await;
    assert_eq!(gaps(&blocks), [r#"{"reason":"truncated","missed":70}"#]);
    assert!(blocks[0].gap().is_some(), "{:?}", blocks[0]);
    let mut got = numbers(&blocks);
    got.sort_unstable();
    let expected = (50..150).chain(1000..1010).chain(2020..2120);
    assert_eq!(got, expected.collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn who_loses_its_connection_before_it_is_told_of_a_gap_is_told_when_it_comes_back() {
    for channels in [["a", "b"], ["b", "a"]] {
        let hub = hub_of(10);
        let id = start(&hub, &channels).await;
        publish(&hub, "a", 0..15).await;
        publish(&hub, "b", 100..103).await;
        let query = format!("channel={}&channel={}", channels[0], channels[1]);
        let mut client = Client::new(&hub, &query, &id).await;
        let blocks = client.blocks().await;
        assert_eq!(gaps(&blocks), [r#"{"reason":"truncated","missed":5}"#]);
        let told = blocks.iter().position(|block| block.gap().is_some());
        for block in &blocks[..told.expect("a gap")] {
            let mut again = Client::new(&hub, &query, block.id.as_deref().expect("an id")).await;
            assert_eq!(gaps(&again.blocks().await).len(), 1, "after {block:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_passed_by_one_of_several_channels_is_told_before_what_follows() {
    for channels in [["a", "b"], ["b", "a"]] {
        let hub = hub_of(10);
        let query = format!("channel={}&channel={}", channels[0], channels[1]);
        let mut client = Client::new(&hub, &query, "").await;
        client.blocks().await;
        publish(&hub, "a", 0..15).await;
        let blocks = client.blocks().await;
        assert_eq!(gaps(&blocks), [r#"{"reason":"truncated","missed":5}"#]);
        assert!(blocks[0].gap().is_some(), "{:?}", blocks[0]);
        assert_eq!(numbers(&blocks), (5..15).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn foreign_future_and_older_ids_of_several_channels_are_one_gap() {
    let hub = hub_of(100);
    publish(&hub, "a", 0..3).await;
    publish(&hub, "b", 10..12).await;
    let id = start(&hub, &["a", "b"]).await;
    let (_, places) = id.split_once('-').expect("an epoch");
    let all = &[0, 1, 2, 10, 11][..];
    for (id, reason, expected) in [
        ("42", "foreign", &[][..]),
        ("bee-7", "foreign", &[]),
        ("not-an-id", "foreign", &[]),
        // Another digit makes each number larger than any that was given.
        (&format!("{}0", id.replace(',', "0,")), "ahead", &[]),
        (&format!("{id}0"), "ahead", &[]),
        (&format!("bee-{places}"), "reset", all),
    ] {
        let mut client = Client::new(&hub, "channel=a&channel=b", id).await;
        let blocks = client.blocks().await;
        let gap = format!(r#"{{"reason":"{reason}","missed":null}}"#);
        assert_eq!(gaps(&blocks), [gap], "{id}");
        assert_eq!(numbers(&blocks), expected, "{id}");

        // Told once, it goes on as any other.
        let id = blocks.last().and_then(|block| block.id.clone());
        let mut again = Client::new(&hub, "channel=a&channel=b", &id.expect("an id")).await;
        let blocks = again.blocks().await;
        assert!(
            blocks.iter().all(|block| block.name.is_none()),
            "{reason}: {blocks:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_ahead_has_seen_what_is_left_whatever_it_would_get_without_an_id() {
    let hub = hub_of(100);
    let ids = publish(&hub, "c", 0..3).await;
    let ahead = format!("{}9", ids[2]);
    let mut client = Client::new(&hub, "channel=c&otherwise=2", &ahead).await;
    let blocks = client.blocks().await;
    assert_eq!(gaps(&blocks), [r#"{"reason":"ahead","missed":null}"#]);
    assert_eq!(numbers(&blocks), [0; 0]);
    publish(&hub, "c", 3..4).await;
    assert_eq!(client.numbers().await, [3]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_which_some_channels_are_new_resumes_the_others() {
    let hub = hub_of(100);
    let id = start(&hub, &["a", "b"]).await;
    publish(&hub, "a", 0..3).await;
    publish(&hub, "b", 10..12).await;
    publish(&hub, "c", 20..23).await;
    let mut client = Client::new(&hub, "channel=c&channel=b&otherwise=1", &id).await;
    let blocks = client.blocks().await;
    assert_eq!(gaps(&blocks), [""; 0]);
    assert_eq!(numbers(&blocks), [22, 10, 11]);
}

#[tokio::test(start_paused = true)]
async fn any_kind_of_gap_can_be_a_status_and_what_is_no_gap_is_none() {
    let hub = hub_of(10);
    let before = start(&hub, &["c"]).await;
    let ids = publish(&hub, "c", 0..15).await;
    let epoch = before.split_once('-').expect("an epoch").0;
    let ahead = format!("{epoch}-99");
    for id in [&before, "42", "bee-1", &ahead] {
        for (on_gap, status) in [("gone", 410), ("no-content", 204)] {
            let client = Client::new(&hub, &format!("channel=c&on_gap={on_gap}"), id).await;
            assert_eq!(client.status, status, "{id}");
        }
    }
    let mut client = Client::new(&hub, "channel=c&on_gap=gone", &ids[4]).await;
    assert_eq!(client.status, 200);
    assert_eq!(client.numbers().await, (5..15).collect::<Vec<_>>());
    let client = Client::new(&hub, "channel=c&on_gap=gone", "").await;
    assert_eq!(client.status, 200, "without an id nothing is missed");
}

#[tokio::test(start_paused = true)]
async fn who_is_too_slow_is_told_of_a_gap_and_goes_on() {
    let hub = hub_of(10);
    for query in ["channel=c", "channel=c&conflate=true"] {
        let mut client = Client::new(&hub, query, "").await;
        client.blocks().await;
        publish(&hub, "c", 0..30).await;
        let blocks = client.blocks().await;
        assert_eq!(gaps(&blocks), [r#"{"reason":"truncated","missed":20}"#]);
        assert!(blocks[0].gap().is_some());
        let newest = blocks.last().and_then(Block::number);
        assert_eq!(newest, Some(29));
        publish(&hub, "c", 30..31).await;
        assert_eq!(client.numbers().await, [30]);
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_too_slow_can_be_disconnected_so_that_it_resumes() {
    let hub = hub_of(10);
    let mut client = Client::new(&hub, "channel=c&on_lag=disconnect", "").await;
    client.blocks().await;
    publish(&hub, "c", 0..5).await;
    let last = client.blocks().await.pop().expect("five ticks");
    assert_eq!(last.number(), Some(4));
    publish(&hub, "c", 5..25).await;
    let rest = client.rest().await;
    assert!(rest.starts_with("retry: "), "{rest}");
    assert!(!rest.contains("data:") && !rest.contains("id:"), "{rest}");

    let id = last.id.expect("an id");
    let mut client = Client::new(&hub, "channel=c&on_lag=disconnect", &id).await;
    let blocks = client.blocks().await;
    assert_eq!(gaps(&blocks), [r#"{"reason":"truncated","missed":10}"#]);
    assert_eq!(numbers(&blocks), (15..25).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn an_id_of_other_channels_is_a_gap() {
    let hub = hub().with_wildcard();
    for channel in ["a", "b"] {
        for n in 0..3 {
            hub.publish(channel, &tick("x", n))
                .await
                .expect("published");
        }
    }
    let of_a = hub.position("a").await.expect("a position");
    let of_both = hub.position(["a", "b"]).await.expect("a position");
    for (query, id, reason) in [
        ("channel=b", &of_a, "reset"),
        ("all=true", &of_a, "reset"),
        ("channel=b&channel=c", &of_a, "foreign"),
        ("channel=c", &of_both, "foreign"),
        ("channel=c&channel=d", &of_both, "foreign"),
    ] {
        let mut client = Client::new(&hub, query, id.as_str()).await;
        let blocks = client.blocks().await;
        let gaps: Vec<_> = blocks.iter().filter_map(|block| block.gap()).collect();
        let gap = format!(r#"{{"reason":"{reason}","missed":null}}"#);
        assert_eq!(gaps, [gap], "{query} after {id}");
    }
    let mut client = Client::new(&hub, "channel=b", of_both.as_str()).await;
    assert!(
        client
            .blocks()
            .await
            .iter()
            .all(|block| block.gap().is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn a_subscription_that_is_over_for_a_gap_stays_so() {
    let hub = hub();
    let foreign = || Some("42".parse().expect("an id"));
    hub.publish("c", &tick("x", 1)).await.expect("published");
    let gone = hub.subscribe("c").after(foreign()).on_gap(OnGap::Gone);
    let mut gone = gone.await.expect("subscribed");
    let over = hub.subscribe("c").after(foreign()).on_gap(OnGap::NoContent);
    let mut over = over.await.expect("subscribed");
    for n in 0..3 {
        assert!(matches!(gone.next().await, Err(SubscribeError::Gone(_))));
        assert!(matches!(over.next().await, Ok(None)));
        hub.publish("c", &tick("x", n)).await.expect("published");
    }
}

/// What a subscription first gives that was made for a log of 3 with 5 events, and read after `n` more.
async fn first_of(deliver: Deliver, on_gap: OnGap, n: u64) -> Result<Vec<Block>, SubscribeError> {
    let hub = hub_of(3);
    publish(&hub, "c", 0..5).await;
    let subscribe = hub.subscribe("c").otherwise(deliver).on_gap(on_gap);
    let mut events = subscribe.await?;
    publish(&hub, "c", 5..5 + n).await;
    let stretch = events.next().await?.expect("a channel that has not ended");
    Ok(blocks_of(str::from_utf8(&stretch).expect("UTF-8")))
}

#[tokio::test(start_paused = true)]
async fn who_comes_without_an_id_has_not_missed_what_was_there_before() {
    for deliver in [Deliver::All, Deliver::Last(3)] {
        for n in 0..=3 {
            let blocks = first_of(deliver, OnGap::Gone, n).await.expect("no gap");
            assert_eq!(gaps(&blocks), [""; 0], "{deliver:?}");
            let kept: Vec<_> = (2 + n..5 + n).collect();
            assert_eq!(numbers(&blocks), kept, "{deliver:?}");
        }
    }
    // All have one key.
    let blocks = first_of(Deliver::LastPerKey, OnGap::Gone, 1).await;
    assert_eq!(numbers(&blocks.expect("no gap")), [5]);
}

#[tokio::test(start_paused = true)]
async fn who_comes_without_an_id_has_missed_what_came_after_it_and_is_gone() {
    for deliver in [Deliver::New, Deliver::All, Deliver::Last(2)] {
        let blocks = first_of(deliver, OnGap::Tell, 5).await.expect("told");
        let gap = blocks.first().and_then(Block::gap);
        let missed = r#"{"reason":"truncated","missed":2}"#;
        assert_eq!(gap, Some(missed), "{deliver:?}");
        let gone = first_of(deliver, OnGap::Gone, 5).await;
        assert!(matches!(gone, Err(SubscribeError::Gone(_))), "{deliver:?}");
    }
}
