//! Pausing, resuming, leaving.

use std::pin::pin;

use futures::poll;

use crate::support::{Answer, Server, get, next};

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let mut server = Server::new([Answer::stream("data: a\n\n").held()]).await;
    let mut events = get(&server.url);
    next(&mut events).await;
    drop(events);
    server.left().await;
}

#[tokio::test]
async fn a_pause_closes_the_connection_and_a_resumed_stream_goes_on() {
    let mut server = Server::new([
        Answer::stream("id: 1\ndata: a\n\nid: 2\ndata: b\n\n").held(),
        Answer::stream("id: 3\ndata: c\n\n"),
    ])
    .await;
    let mut events = get(&server.url);
    assert_eq!(next(&mut events).await, "message:a");
    events.pause();
    server.left().await;
    assert_eq!(next(&mut events).await, "message:b");
    assert!(poll!(pin!(events.next())).is_pending());
    server.request().await;
    assert!(!server.was_asked_again());

    events.resume();
    assert_eq!(next(&mut events).await, "message:c");
    assert_eq!(server.request().await.header("last-event-id"), Some("2"));
}
