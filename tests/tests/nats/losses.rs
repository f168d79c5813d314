//! What a stream can lose, and that who comes back is told.

use std::time::Duration;

use sse_runtime::log::*;
use tests::servers::Server;

use crate::support::*;

/// Of nothing that was there before: a gap, and then what is new.
async fn is_told(log: &NatsLog, place: Cursor, standing: Standing) {
    let page = eventually(async || {
        let page = log
            .read_after(&room(), place, Limit::default())
            .await
            .ok()?;
        (page.standing() != Standing::Contiguous).then_some(page)
    })
    .await;
    assert_eq!(page.standing(), standing);
    assert!(page.is_empty());
    append_when_it_can(log, 77).await;
    let page = read(log, page.next()).await;
    assert_eq!(page.standing(), Standing::Contiguous);
    assert_eq!(numbers(&page), [77]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_is_made_anew_and_old_places_are_of_another_epoch() {
    let nats = nats!();
    let log = log_of(&nats).await;
    let places = append(&log, 0..20).await;
    stranger(&nats).await.delete_stream("sse").await.unwrap();
    append_when_it_can(&log, 100).await;
    until_serving(&log).await;
    for place in [places[0], places[19]] {
        let page = read(&log, place).await;
        assert_eq!(page.standing(), Standing::UnknownEpoch);
        assert!(page.is_empty());
    }
    assert_eq!(all(&log).await, [100]);
    is_told(&log, places[10], Standing::UnknownEpoch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_a_new_stream_for_the_old_one_while_another_node_makes_it() {
    let nats = nats!();
    let (log, other) = (log_of(&nats).await, log_of(&nats).await);
    let places = append(&log, 0..3).await;
    let mut watch = watch(&log);
    hint(&mut watch).await;
    stranger(&nats).await.delete_stream("sse").await.unwrap();
    for n in 100..103 {
        append_when_it_can(&other, n).await;
    }
    hint(&mut watch).await;
    is_told(&log, places[0], Standing::UnknownEpoch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_in_memory_is_another_one_after_a_restart() {
    let nats = nats!();
    let options = options().storage(NatsStorage::Memory);
    let log = options.connect(&nats.url()).await.unwrap();
    let places = append(&log, 0..20).await;
    nats.stop();
    nats.restart();
    append_when_it_can(&log, 100).await;
    is_told(&log, places[10], Standing::UnknownEpoch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_to_a_stream_that_was_purged_is_told() {
    let nats = nats!();
    let log = log_of(&nats).await;
    let places = append(&log, 0..20).await;
    let stream = stranger(&nats).await.get_stream("sse").await.unwrap();
    stream.purge().await.unwrap();
    let page = read(&log, places[19]).await;
    assert_eq!(
        page.standing(),
        Standing::Contiguous,
        "there was nothing after it"
    );
    is_told(&log, places[10], Standing::Truncated { missed: None }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_old_is_dropped_and_who_missed_it_is_told() {
    let nats = nats!();
    let options = options().age(Duration::from_millis(500));
    let log = options.connect(&nats.url()).await.unwrap();
    let places = append(&log, 0..3).await;
    eventually(async || (!log.extent(&room()).await.ok()?.exists).then_some(())).await;
    let page = read(&log, places[2]).await;
    assert_eq!(
        page.standing(),
        Standing::Contiguous,
        "there was nothing after it"
    );
    is_told(&log, places[0], Standing::Truncated { missed: None }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_free_again_when_the_time_of_its_end_is_over() {
    let nats = nats!();
    let options = options().ended(Duration::from_millis(300));
    let log = options.connect(&nats.url()).await.unwrap();
    let places = append(&log, [1, 2]).await;
    let last = Record::new(b"data: 3\n").unwrap();
    let end = log.end(&room(), Some(&last)).await.unwrap();
    assert!(matches!(
        try_append(&log, 4).await,
        Err(AppendError::Ended { .. })
    ));
    eventually(async || (!log.extent(&room()).await.ok()?.ended).then_some(())).await;
    let extent = log.extent(&room()).await.unwrap();
    assert!(!extent.exists && extent.oldest == extent.newest);

    append(&log, [5]).await;
    assert_eq!(all(&log).await, [5], "what was before is forgotten");
    let page = read(&log, end).await;
    assert_eq!(
        (page.standing(), numbers(&page)),
        (Standing::Contiguous, vec![5])
    );
    let page = read(&log, places[0]).await;
    let truncated = Standing::Truncated { missed: None };
    assert_eq!((page.standing(), numbers(&page)), (truncated, vec![5]));
    log.end(&room(), None).await.unwrap();
    assert!(matches!(
        try_append(&log, 6).await,
        Err(AppendError::Ended { .. })
    ));
    assert_eq!(all(&log).await, [5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_a_quiet_channel_has_no_gap_when_its_past_is_dropped() {
    let nats = nats!();
    let age = Duration::from_secs(4);
    let log = options().age(age).connect(&nats.url()).await.unwrap();
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let place = append(&log, [1]).await[0];
    let other = ChannelName::new("busy").unwrap();
    let record = Record::new(b"data: x\n").unwrap();
    let began = std::time::Instant::now();
    while began.elapsed() < age + Duration::from_secs(3) {
        log.append(&other, &record).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!log.extent(&room()).await.unwrap().exists, "it was dropped");
    append(&log, [2]).await;
    let page = eventually(async || {
        let page = read(&log, place).await;
        (!page.is_empty()).then_some(page)
    })
    .await;
    assert_eq!(
        (page.standing(), numbers(&page)),
        (Standing::Contiguous, vec![2])
    );
}
