//! What others put on the subjects of a log.

use async_nats::HeaderMap;
use sse_runtime::log::*;

use crate::support::*;

const SUBJECT: &str = "sse.room.log";

async fn is_unreadable(headers: HeaderMap, payload: &'static [u8], why: &str) {
    let nats = nats!();
    let log = log_of(&nats).await;
    let start = end(&log).await;
    let places = append(&log, [1]).await;
    let jetstream = stranger(&nats).await;
    let stored = jetstream.publish_with_headers(SUBJECT, headers, payload.into());
    stored.await.unwrap().await.unwrap();
    append(&log, [2]).await;

    let page = read(&log, start).await;
    assert_eq!(numbers(&page), [1], "what is readable comes first");
    assert!(page.has_more());
    let error = log.read_after(&room(), places[0], Limit::default()).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ReadError::Unreadable(_)), "{error:?}");
    assert!(with_causes(&error).contains(why), "{}", with_causes(&error));
    // And who is behind it does not notice.
    append(&log, [3]).await;
    assert_eq!(
        numbers(&read(&log, log.rewind(&room(), 1).await.unwrap()).await),
        [3]
    );
}

fn headers(named: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        headers.insert(*name, *value);
    }
    headers
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_without_headers_is_unreadable() {
    let why = "has no number in a header `Sse-Format`";
    is_unreadable(HeaderMap::new(), b"\x00\xff\xff\xff\xff", why).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_format_is_unreadable_and_named() {
    let headers = headers(&[("Sse-Format", "99"), ("Sse-Records", "1")]);
    is_unreadable(headers, b"", "has format 99").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_somebody_would_inject_is_unreadable() {
    let headers = headers(&[("Sse-Format", "1"), ("Sse-Records", "1")]);
    is_unreadable(
        headers,
        b"\x00\x00\x00\x10\x00\x00data: 1\n\nid: 2\n\n",
        "a blank line",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_of_a_stranger_is_passed_over() {
    let nats = nats!();
    let log = log_of(&nats).await;
    let mut watch = watch(&log);
    hint(&mut watch).await;
    let client = stranger(&nats).await.client();
    client
        .publish("sse-live.room.signal", "garbage".into())
        .await
        .unwrap();
    client
        .publish("sse-live.room.what", "garbage".into())
        .await
        .unwrap();
    client.flush().await.unwrap();
    let record = Record::new(b"data: 1\n").unwrap();
    log.signal(&room(), &record).await.unwrap();
    let signal = eventually(async || {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), watch.changed()).await;
        watch.take_signal()
    })
    .await;
    assert_eq!(&signal.wire()[..], b"data: 1\n\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_of_a_stranger_is_unreadable() {
    let nats = nats!();
    let log = log_of(&nats).await;
    append(&log, [1]).await;
    let jetstream = stranger(&nats).await;
    let stored = jetstream.publish("sse.room.end", "garbage".into()).await;
    stored.unwrap().await.unwrap();
    let error = log.extent(&room()).await.unwrap_err();
    assert!(matches!(error, ReadError::Unreadable(_)), "{error:?}");
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(
        with_causes(&error).contains("`Sse-Until`"),
        "{}",
        with_causes(&error)
    );
}
