//! Requests with a body, which may have effects.

use std::time::Duration;

use http::HeaderValue;
use serde_json::json;
use sse_runtime::client::{Client, ClientError, EventStream};

use crate::support::{Answer, Server, last_error, next, soon};

fn post(url: &str) -> EventStream {
    let client = Client::new().policy(soon());
    client
        .post(url)
        .unwrap()
        .json(&json!({ "text": "hi" }))
        .unwrap()
        .stream()
}

const CUT: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100\r\n\r\ndata: a\n\n";

#[tokio::test]
async fn a_post_has_a_body_and_ends_with_its_answer() {
    let mut server = Server::new([Answer::stream("data: a\n\n")]).await;
    let mut events = post(&server.url);
    assert_eq!(next(&mut events).await, "message:a");
    assert!(events.next().await.is_none());

    let request = server.request().await;
    assert!(request.line().starts_with("post "));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.body, r#"{"text":"hi"}"#);
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_post_that_was_accepted_is_not_repeated() {
    let mut server = Server::new([Answer::raw(CUT)]).await;
    let mut events = post(&server.url);
    assert_eq!(next(&mut events).await, "message:a");
    let error = last_error(&mut events).await;
    assert!(matches!(error, ClientError::Broken(_)), "{error}");
    server.request().await;
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_post_whose_connection_is_closed_without_an_answer_is_not_repeated() {
    let mut server = Server::new([Answer::raw("")]).await;
    let error = last_error(&mut post(&server.url)).await;
    assert!(matches!(error, ClientError::Connect(_)), "{error}");
    server.request().await;
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_post_that_is_not_answered_is_given_up_and_not_repeated() {
    let mut server = Server::new([Answer::raw("HTTP/1.1 200 OK\r\n").held()]).await;
    let client = Client::new().policy(soon().open_timeout(Duration::from_millis(50)));
    let mut events = client.post(&server.url).unwrap().stream();
    let error = events.next().await.unwrap().unwrap_err();
    assert!(matches!(error, ClientError::NoAnswer { .. }), "{error}");
    // The connection goes with the error, not with the stream.
    server.left().await;
    assert!(events.next().await.is_none());
    server.request().await;
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_post_that_was_turned_away_is_repeated_and_one_that_failed_is_not() {
    let mut server = Server::new([
        Answer::status("503 Busy", "", ""),
        Answer::status("429 Slower", "", ""),
        Answer::status("500 Oops", "", "it broke"),
    ])
    .await;
    let error = last_error(&mut post(&server.url)).await;
    let ClientError::Refused(refusal) = error else {
        panic!("{error}");
    };
    assert_eq!(
        (refusal.status().as_u16(), refusal.body()),
        (500, "it broke")
    );
    for _ in 0..3 {
        assert_eq!(server.request().await.body, r#"{"text":"hi"}"#);
    }
    assert!(!server.was_asked_again());
}

#[tokio::test]
async fn a_post_that_is_said_to_be_repeatable_is_resumed() {
    let cut = CUT.replace("data: a", "id: 7\ndata: a");
    let mut server = Server::new([Answer::raw(cut), Answer::stream("data: b\n\n")]).await;
    let client = Client::new().policy(soon());
    let mut events = client
        .post(&server.url)
        .unwrap()
        .body(HeaderValue::from_static("text/plain"), "hi")
        .repeatable()
        .stream();
    assert_eq!(next(&mut events).await, "message:a");
    assert_eq!(next(&mut events).await, "message:b");
    assert!(events.next().await.is_none());

    server.request().await;
    for _ in 0..2 {
        let request = server.request().await;
        assert_eq!(request.header("last-event-id"), Some("7"));
        assert_eq!(request.header("content-type"), Some("text/plain"));
        assert_eq!(request.body, "hi");
    }
}
