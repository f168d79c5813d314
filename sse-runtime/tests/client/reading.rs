//! From bytes to events.

use std::time::Duration;

use futures::StreamExt;
use sse_runtime::client::{Client, ClientError, EventStream};

use crate::support::{Answer, Server, get, next, soon};

#[tokio::test]
async fn a_stream_that_ends_is_resumed_from_its_last_id_until_a_204() {
    let mut server = Server::new([
        Answer::stream("id: ü7\nevent: alert\ndata: disk is full\n\ndata: lost"),
        Answer::stream("data: disk is fine\n\n"),
    ])
    .await;
    let mut events = get(&server.url);

    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.event(), event.data()), ("alert", "disk is full"));
    assert_eq!(event.id().unwrap().as_str(), "ü7");
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.event(), event.data()), ("message", "disk is fine"));
    assert_eq!(event.id().unwrap().as_str(), "ü7");
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());

    assert_eq!(server.request().await.header("last-event-id"), None);
    assert_eq!(server.request().await.header("last-event-id"), Some("ü7"));
    assert_eq!(server.request().await.header("last-event-id"), Some("ü7"));
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_stream_is_a_stream() {
    let server = Server::new([Answer::stream("data: a\n\ndata: b\n\n")]).await;
    let events: Vec<_> = get(&server.url)
        .map(|event| event.unwrap().into_inner().into_data())
        .collect()
        .await;
    assert_eq!(events, ["a", "b"]);
}

#[test]
fn a_stream_can_be_sent_to_another_thread_and_moved() {
    fn holds<T: Send + Unpin + 'static>() {}
    holds::<EventStream>();
    holds::<Client>();
    holds::<ClientError>();
}

#[tokio::test]
async fn a_message_can_be_read_where_it_lies() {
    let server = Server::new([Answer::stream("event: a\ndata: 1\n\ndata: 2\n\n")]).await;
    let mut events = get(&server.url);
    let mut sum = 0;
    while let Some(number) = events.next_with(|event| event.data().parse::<u32>()).await {
        sum += number.unwrap().unwrap();
    }
    assert_eq!(sum, 3);
}

#[tokio::test]
async fn what_next_gives_can_be_dropped_without_losing_anything() {
    let server = Server::new([
        Answer::stream("data: 1\n\ndata: 2\n\n"),
        Answer::stream("data: 3\n\n"),
        Answer::stream("data: 4\n\n").held(),
    ])
    .await;
    let mut events = get(&server.url);
    let mut seen = Vec::new();
    while seen.len() < 4 {
        // Given up again and again: while connecting, reading, waiting.
        tokio::select! {
            biased;
            event = events.next() => seen.push(event.unwrap().unwrap().into_inner().into_data()),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(seen, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn an_event_over_the_limit_is_one_error_and_is_skipped() {
    let long = "x".repeat(1 << 20);
    let server = Server::new([Answer::stream(&format!(
        "id: 1\ndata: {long}\n\ndata: b\n\n"
    ))])
    .await;
    let client = Client::new().policy(soon()).max_event(1000);
    let mut events = client.get(&server.url).unwrap().stream();
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(error, ClientError::TooLong(_)), "{error}");
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.data(), event.id().unwrap().as_str()), ("b", "1"));
}

#[tokio::test]
async fn an_event_of_10_mb_is_read_without_being_asked_for() {
    let long = "x".repeat(10 << 20);
    let server = Server::new([Answer::stream(&format!("data: {long}\n\n"))]).await;
    let event = get(&server.url).next().await.unwrap().unwrap();
    assert_eq!(event.data().len(), 10 << 20);
}

#[tokio::test]
async fn messages_of_one_name_share_it() {
    let server = Server::new([Answer::stream(
        "event: a\ndata\n\nevent: a\ndata\n\nevent: b\ndata\n\nevent\ndata\n\n",
    )])
    .await;
    let mut events = get(&server.url);
    let mut names = Vec::new();
    while let Some(event) = events.next().await {
        names.push(event.unwrap().event().to_owned());
    }
    assert_eq!(names, ["a", "a", "b", "message"]);
}

#[tokio::test]
async fn a_position_is_gone_on_from() {
    let server = Server::new([Answer::stream("retry: 1\nid: 7\ndata: a\n\n")]).await;
    let mut events = get(&server.url);
    next(&mut events).await;
    let position = events.position();
    drop(events);

    let mut server = Server::new([Answer::stream("data: b\n\n")]).await;
    let client = Client::new().policy(soon());
    let mut events = client
        .get(&server.url)
        .unwrap()
        .resume_from(position.clone())
        .stream();
    assert_eq!(events.position(), position);
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.data(), event.id().unwrap().as_str()), ("b", "7"));
    assert_eq!(server.request().await.header("last-event-id"), Some("7"));
}

#[tokio::test]
async fn a_stream_over_http_2_is_resumed_as_well() {
    use axum::http::{HeaderMap, StatusCode};

    let answer = async |headers: HeaderMap| match headers.get("last-event-id") {
        None => (
            StatusCode::OK,
            [("content-type", "text/event-stream")],
            "id: 7\ndata: a\n\n",
        ),
        Some(_) => (StatusCode::NO_CONTENT, [("content-type", "text/plain")], ""),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = axum::Router::new().fallback(answer);
    tokio::spawn(axum::serve(listener, app).into_future());

    let http = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let client = Client::from(http).policy(soon());
    let mut events = client.get(url).unwrap().stream();
    assert_eq!(next(&mut events).await, "message:a");
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn silence_is_given_up_where_there_is_a_watchdog() {
    let mut server = Server::new([
        Answer::stream("id: 1\ndata: a\n\n").held(),
        Answer::stream("data: b\n\n"),
    ])
    .await;
    let client = Client::new().policy(soon().watchdog(Duration::from_millis(50)));
    let mut events = client.get(&server.url).unwrap().stream();
    assert_eq!(next(&mut events).await, "message:a");
    assert_eq!(next(&mut events).await, "message:b");
    server.left().await;
}
