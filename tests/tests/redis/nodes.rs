//! Several logs of one server are one.

use sse_runtime::log::*;
use tests::servers::Redis;
use tokio::time::timeout;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_appends_another_is_hinted_of_and_reads() {
    let redis = redis!();
    let (here, there) = (log_of(&redis).await, log_of(&redis).await);
    let mut watch = watch(&there);
    let start = end(&there).await;
    hint(&mut watch).await;
    for n in 1..=3 {
        let place = append(&here, [n]).await[0];
        until("it is read", async || {
            read(&there, start).await.next() == place
        })
        .await;
        hint(&mut watch).await;
    }
    assert_eq!(numbers(&read(&there, start).await), [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_and_a_signal_reach_every_node() {
    let redis = redis!();
    let (here, there) = (log_of(&redis).await, log_of(&redis).await);
    let mut watch = watch(&there);
    // It is heard once it is hinted for the first time.
    hint(&mut watch).await;
    let record = Record::new(b"data: typing\n").unwrap();
    let record = record.with_key("ann").unwrap();
    here.signal(&room(), &record).await.unwrap();
    let signal = eventually(async || {
        let _ = timeout(PATIENCE, watch.changed()).await;
        watch.take_signal()
    });
    let signal = signal.await;
    assert_eq!(signal.key(), Some("ann"));
    assert_eq!(&**signal.wire(), b"data: typing\n\n");

    here.end(&room(), None).await.unwrap();
    hint(&mut watch).await;
    let end = end(&there).await;
    assert!(read(&there, end).await.is_end());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_appends_once_on_whichever_node_it_is_tried() {
    let redis = redis!();
    let (here, there) = (log_of(&redis).await, log_of(&redis).await);
    let once = Condition::Once(IdempotencyKey::new("order-4711").unwrap());
    let record = Record::new(b"data: 1\n").unwrap();
    let first = here.append_if(once, &room(), &[record]).await.unwrap();
    let again = there.append_if(once, &room(), &[record]).await.unwrap();
    assert!(!first.is_repeated);
    assert!(again.is_repeated);
    assert_eq!(again.places, first.places);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_at_one_place_exactly_one_wins() {
    let redis = redis!();
    let (here, there) = (log_of(&redis).await, log_of(&redis).await);
    let record = Record::new(b"data: 1\n").unwrap();
    let mut at = end(&here).await;
    for _ in 0..100 {
        let (room, records) = (room(), [record]);
        let (a, b) = tokio::join!(
            here.append_if(Condition::At(at), &room, &records),
            there.append_if(Condition::At(at), &room, &records),
        );
        let (won, lost) = match (a, b) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            both => panic!("{both:?}"),
        };
        at = won.places[0];
        let AppendError::Moved { end } = lost else {
            panic!("{lost:?}");
        };
        assert_eq!(end, at);
    }
    assert_eq!(at.seq(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_two_namespaces_or_databases_know_nothing_of_each_other() {
    let redis = redis!();
    let other_database = format!("{}/1", redis.url());
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    for other in [
        options().namespace("other").connect(&redis.url()).await,
        options().connect(&other_database).await,
    ] {
        let other = other.unwrap();
        let mut watch = watch(&other);
        hint(&mut watch).await;
        assert!(!other.extent(&room()).await.unwrap().exists);
        let record = Record::new(b"data: typing\n").unwrap();
        log.signal(&room(), &record).await.unwrap();
        other.signal(&room(), &record).await.unwrap();
        eventually(async || watch.take_signal()).await;
        assert_eq!(watch.take_signal(), None, "one of the other log");
    }
}

/// How many are connected, but for who asks.
fn connections(redis: &Redis) -> usize {
    let clients: String = redis.ask("CLIENT LIST");
    clients
        .lines()
        .filter(|line| !line.contains("/redis.sock"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_has_two_connections_however_many_channels_are_watched() {
    let redis = redis!();
    let log = log_of(&redis).await;
    assert_eq!(connections(&redis), 2);
    let names = (0..1000).map(|n| ChannelName::new(format!("room-{n}")).unwrap());
    let mut watches: Vec<_> = names
        .map(|name| log.watch(&Channels::new([name]).unwrap()))
        .collect();
    for watch in &mut watches {
        hint(watch).await;
    }
    let asked = (0..100).map(|_| try_append(&log, 1));
    for answer in futures::future::join_all(asked).await {
        answer.unwrap();
    }
    assert_eq!(connections(&redis), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_log_that_is_dropped_takes_its_connections_with_it() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let clone = log.clone();
    let mut watch = watch(&clone);
    hint(&mut watch).await;
    drop((log, watch));
    append(&clone, [1]).await;
    assert_eq!(connections(&redis), 2);
    drop(clone);
    until("nobody is connected", async || connections(&redis) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_not_watched_any_more_is_not_subscribed_to() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let subscribed = |redis: &Redis| {
        let channels: Vec<String> = redis.ask("PUBSUB SHARDCHANNELS");
        channels
    };
    let mut watch = watch(&log);
    hint(&mut watch).await;
    assert_eq!(subscribed(&redis), ["{sse:room}:live"]);
    drop(watch);
    until("nobody subscribes", async || subscribed(&redis).is_empty()).await;
}
