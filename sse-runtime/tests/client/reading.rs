use sse_runtime::client::Client;

use crate::support::{HEAD, Server, soon};

#[tokio::test]
async fn a_stream_that_ends_is_resumed_from_its_last_id_until_a_204() {
    let mut server = Server::new([
        format!("{HEAD}id: 7\nevent: alert\ndata: disk is full\n\ndata: lost"),
        format!("{HEAD}data: disk is fine\n\n"),
    ])
    .await;
    let client = Client::new().policy(soon());
    let mut events = client.get(&server.url).unwrap().stream();

    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.event(), event.data()), ("alert", "disk is full"));
    assert_eq!(event.id().unwrap().as_str(), "7");
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((event.event(), event.data()), ("message", "disk is fine"));
    assert_eq!(event.id().unwrap().as_str(), "7");
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());

    assert!(!server.head().contains("last-event-id"));
    assert!(server.head().contains("last-event-id: 7\r\n"));
    assert!(server.head().contains("last-event-id: 7\r\n"));
}
