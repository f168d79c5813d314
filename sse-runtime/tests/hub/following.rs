//! Where subscribers begin, what they get, and how it ends.

use http::StatusCode;

use crate::support::{Client, hub, hub_of, publish, tick};

#[tokio::test(start_paused = true)]
async fn a_subscriber_gets_what_is_published_while_it_is_there() {
    let hub = hub();
    publish(&hub, "c", 0..3).await;
    let mut client = Client::new(&hub, "channel=c", "").await;
    assert_eq!(client.status, StatusCode::OK);
    assert!(client.numbers().await.is_empty());
    publish(&hub, "c", 3..6).await;
    assert_eq!(client.numbers().await, [3, 4, 5]);
    publish(&hub, "other", 6..7).await;
    publish(&hub, "c", 7..8).await;
    assert_eq!(client.numbers().await, [7]);
}

#[tokio::test(start_paused = true)]
async fn the_first_block_is_the_place_from_which_a_client_resumes() {
    let hub = hub();
    let ids = publish(&hub, "c", 0..3).await;
    let mut client = Client::new(&hub, "channel=c", "").await;
    assert_eq!(client.headers["last-event-id"], *ids[2]);
    assert_eq!(client.chunk().await, Some(format!("id: {}\n\n", ids[2])));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_gets_what_it_missed_and_nothing_twice() {
    let hub = hub();
    let ids = publish(&hub, "c", 0..5).await;
    let mut client = Client::new(&hub, "channel=c", &ids[1]).await;
    assert_eq!(client.headers["last-event-id"], *ids[1]);
    assert_eq!(client.numbers().await, [2, 3, 4]);
    publish(&hub, "c", 5..6).await;
    assert_eq!(client.numbers().await, [5]);
}

#[tokio::test(start_paused = true)]
async fn otherwise_says_where_a_client_without_an_id_begins() {
    let hub = hub();
    publish(&hub, "c", 0..5).await;
    for (otherwise, expected) in [
        ("", &[][..]),
        ("&otherwise=all", &[0, 1, 2, 3, 4]),
        ("&otherwise=2", &[3, 4]),
        ("&otherwise=99", &[0, 1, 2, 3, 4]),
    ] {
        let mut client = Client::new(&hub, &format!("channel=c{otherwise}"), "").await;
        assert_eq!(client.numbers().await, expected, "{otherwise}");
        let mut client = Client::new(&hub, &format!("channel=c{otherwise}"), "").await;
        client.blocks().await;
        publish(&hub, "c", 5..6).await;
        assert_eq!(client.numbers().await, [5], "{otherwise}");
        hub.close("c").await.expect("closed");
        drop(client);
        tokio::time::advance(std::time::Duration::from_secs(3700)).await;
        publish(&hub, "c", 0..5).await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_150_missed_with_a_log_of_100_one_gap_says_50_and_100_follow() {
    let hub = hub_of(100);
    let ids = publish(&hub, "c", 0..1).await;
    publish(&hub, "c", 1..151).await;
    let mut client = Client::new(&hub, "channel=c", &ids[0]).await;
    let blocks = client.blocks().await;
    let gaps: Vec<_> = blocks.iter().filter_map(|block| block.gap()).collect();
    assert_eq!(gaps, [r#"{"reason":"truncated","missed":50}"#]);
    assert!(blocks[0].gap().is_some(), "the gap comes first");
    let numbers: Vec<_> = blocks.iter().filter_map(|block| block.number()).collect();
    assert_eq!(numbers, (51..151).collect::<Vec<_>>());

    // The id of the gap is where the stream goes on.
    let id = blocks[0].id.clone().expect("a gap has an id");
    let mut client = Client::new(&hub, "channel=c", &id).await;
    assert_eq!(client.numbers().await, numbers);
}

#[tokio::test(start_paused = true)]
async fn foreign_future_and_older_ids_are_one_gap() {
    let hub = hub();
    let ids = publish(&hub, "c", 0..3).await;
    let (epoch, _) = ids[0].split_once('-').expect("an id of the log");
    for (id, reason, numbers) in [
        ("42", "foreign", &[][..]),
        ("not-an-id", "foreign", &[]),
        (&format!("{epoch}-99"), "ahead", &[]),
        ("bee-1", "reset", &[0, 1, 2]),
    ] {
        let mut client = Client::new(&hub, "channel=c", id).await;
        assert_eq!(client.status, StatusCode::OK);
        let blocks = client.blocks().await;
        let gaps: Vec<_> = blocks.iter().filter_map(|block| block.gap()).collect();
        assert_eq!(
            gaps,
            [format!(r#"{{"reason":"{reason}","missed":null}}"#)],
            "{id}"
        );
        let got: Vec<_> = blocks.iter().filter_map(|block| block.number()).collect();
        assert_eq!(got, numbers, "{id}");
        publish(&hub, "other", 0..1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_gap_can_be_a_status() {
    let hub = hub();
    publish(&hub, "c", 0..3).await;
    let gone = Client::new(&hub, "channel=c&on_gap=gone", "42").await;
    assert_eq!(gone.status, StatusCode::GONE);
    let no_content = Client::new(&hub, "channel=c&on_gap=no-content", "42").await;
    assert_eq!(no_content.status, StatusCode::NO_CONTENT);
}

#[tokio::test(start_paused = true)]
async fn the_last_event_of_a_channel_ends_its_streams_for_good() {
    let hub = hub();
    let mut client = Client::new(&hub, "channel=c", "").await;
    client.blocks().await;
    let id = hub
        .publish_last("c", &tick("a", 9))
        .await
        .expect("published");
    let rest = client.rest().await;
    assert!(
        rest.starts_with(&format!("id: {id}\nevent: tick\n")),
        "{rest}"
    );
    assert!(
        rest.ends_with("id: sse-runtime:end-of-stream\n\n"),
        "{rest}"
    );

    let mut late = Client::new(&hub, "channel=c", "").await;
    assert_eq!(late.numbers().await, [9]);
    let again = Client::new(&hub, "channel=c", id.as_str()).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    let error = hub
        .publish("c", &tick("a", 10))
        .await
        .expect_err("it has ended");
    assert_eq!(
        error.to_string(),
        "channel `c` has ended; publish to another"
    );
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_is_not_there_is_a_404_where_it_must_exist() {
    let hub = hub();
    let client = Client::new(&hub, "channel=c&existing=true", "").await;
    assert_eq!(client.status, StatusCode::NOT_FOUND);
    publish(&hub, "c", 0..1).await;
    let client = Client::new(&hub, "channel=c&existing=true", "").await;
    assert_eq!(client.status, StatusCode::OK);
}
