//! What is held to a bound.

use sse_runtime::log::*;
use tests::Proxy;
use tests::servers::Server;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_is_refused_and_says_how_large_one_may_be() {
    let nats = nats!(lines: vec!["max_payload: 100000".to_owned()]);
    let log = options()
        .max_record_bytes(50_000)
        .connect(&nats.url())
        .await
        .unwrap();
    let lines = |bytes: usize| format!("data: {}\n", "x".repeat(bytes - 7));
    let too_large = lines(50_001);
    let too_large = Record::new(too_large.as_bytes()).unwrap();
    let of_log = log.append(&room(), &too_large).await.unwrap_err();
    assert!(
        matches!(
            of_log,
            AppendError::TooLarge {
                bytes: 50_001,
                limit: 50_000
            }
        ),
        "{of_log:?}"
    );
    let lines = lines(50_000);
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append(&room(), &record).await.unwrap();
    let of_server = log
        .append_all(&room(), &[record, record])
        .await
        .unwrap_err();
    assert!(
        matches!(of_server, AppendError::TooLarge { limit: 100_000, .. }),
        "{of_server:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_too_long_is_refused() {
    let nats = nats!();
    let log = log_of(&nats).await;
    let record = Record::new(b"a\n").unwrap();
    let error = log
        .append_all(&room(), &vec![record; 65_537])
        .await
        .unwrap_err();
    assert!(
        !error.may_be_written() && with_causes(&error).contains("65536 at most"),
        "{error:?}"
    );
    let places = log
        .append_all(&room(), &vec![record; 65_536])
        .await
        .unwrap();
    let page = read(&log, places[65_533]).await;
    assert_eq!(page.runs().map(Run::len).sum::<usize>(), 2);
    assert_eq!(page.next(), places[65_535]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_has_one_connection_whatever_it_does() {
    let nats = nats!();
    let proxy = Proxy::start(nats.address()).await;
    let log = options()
        .connect(&nats.url_at(proxy.address()))
        .await
        .unwrap();
    let clone = log.clone();
    let names = (0..500).map(|n| ChannelName::new(format!("room-{n}")).unwrap());
    let names: Vec<_> = names.collect();
    let watches: Vec<_> = names
        .chunks(Channels::MAX)
        .map(|names| log.watch(&Channels::new(names.iter().cloned()).unwrap()))
        .collect();
    let appends = names.iter().map(async |name| {
        let record = Record::new(b"data: 1\n").unwrap();
        clone.append(name, &record).await.unwrap()
    });
    futures::future::join_all(appends).await;
    assert_eq!((proxy.accepted(), proxy.open()), (1, 1));
    drop((watches, log));
    append(&clone, [1]).await;
    drop(clone);
    eventually(async || (proxy.open() == 0).then_some(())).await;
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_are_read_in_pages_of_their_limit() {
    let nats = nats!();
    let log = log_of(&nats).await;
    append(&log, 0..700).await;
    assert_eq!(all(&log).await, (0..700).collect::<Vec<_>>());
    for records in [1, 2, 255, 256, 257, 699, 700, 1_000] {
        let start = log.rewind(&room(), records).await.unwrap();
        let first = 700_u64.saturating_sub(records as u64);
        assert_eq!(numbers(&read(&log, start).await).first(), Some(&first));
    }
}
