//! Connections that are lost, and clients that come back.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use sse_runtime::testing::{Client, End};
use sse_runtime::{Context, Problem, server_sent_events};

use crate::support::{SECOND, client, of_wire};

#[tokio::test]
async fn cut_at_any_byte_a_stream_goes_on_where_it_was() {
    let client = client();
    let mut whole = client.get("/numbers?to=3").await;
    let events = whole.rest().await;
    let bytes = whole.transcript().to_string().into_bytes();
    let (mut in_characters, mut in_blocks) = (0, 0);
    for byte in 0..bytes.len() {
        let mut stream = client.get("/numbers?to=3").await;
        stream.cut_at(byte);
        let mut seen = stream.rest().await;
        assert_eq!(stream.end().await, End::Cut, "cut at {byte}");
        let received = &bytes[..byte];
        in_characters += usize::from(str::from_utf8(received).is_err());
        in_blocks += usize::from(!received.ends_with(b"\n\n"));
        let mut back = stream.reconnect().await;
        seen.extend(back.rest().await);
        assert_eq!(seen, events, "cut at {byte}");
        assert_eq!(back.end().await, End::ForGood);
    }
    assert!(in_characters > 9 && in_blocks > 100);

    let mut stream = client.get("/numbers?to=3").await;
    stream.cut_at(bytes.len());
    assert_eq!(stream.rest().await, events);
    assert_eq!(stream.end().await, End::Cut, "the end itself is lost");
}

#[tokio::test]
async fn who_comes_back_after_the_end_is_told_to_stay_away() {
    let mut stream = client().get("/numbers?to=1").await;
    stream.rest().await;
    let mut back = stream.reconnect().await;
    assert_eq!(back.status(), 204);
    assert_eq!(back.text().await, "");
    assert_eq!(back.end().await, End::ForGood);
}

#[tokio::test]
async fn a_client_comes_back_from_what_the_test_has_taken() {
    let mut stream = client().get("/numbers?to=9").await;
    stream.event().await;
    assert!(stream.transcript().as_ref().contains("id: 9"));
    let mut back = stream.reconnect().await;
    assert_eq!(back.event().await.id(), Some("2"));
}

#[tokio::test]
async fn what_a_connection_does_not_say_holds_as_before() {
    let client = client();
    let mut stream = client.get("/numbers?to=9").last_event_id("7").await;
    assert_eq!(stream.last_event_id(), "7");
    assert_eq!(stream.reconnection_time(), None);
    stream.cut_at("retry: 2000\n".len());
    stream.rest().await;
    let mut back = stream.reconnect().await;
    assert_eq!(back.last_event_id(), "7");
    assert_eq!(back.reconnection_time(), Some(Duration::from_secs(2)));
    assert_eq!(back.event().await.id(), Some("8"));
}

#[tokio::test]
async fn an_id_that_is_taken_back_is_sent_no_more() {
    let mut stream = of_wire("id: 1\ndata: 1\n\nid\ndata: 2\n\n").get("/").await;
    stream.event().await;
    assert_eq!(stream.last_event_id(), "1");
    stream.event().await;
    let back = stream.reconnect();
    assert!(!back.to_string().contains("last-event-id"), "{back}");
}

#[tokio::test(start_paused = true)]
async fn a_service_sees_its_client_go() {
    #[server_sent_events]
    trait Api {
        #[sse(get = "/")]
        async fn held(
            &self,
            ctx: Context,
            stream: impl HeldServerStream<u8>,
        ) -> Result<(), Problem>;
    }
    struct Service(Arc<AtomicBool>);
    impl Api for Service {
        async fn held(
            &self,
            ctx: Context,
            stream: impl HeldServerStream<u8>,
        ) -> Result<(), Problem> {
            let has_ended = Arc::clone(&self.0);
            ctx.on_end(move |_| has_ended.store(true, Ordering::Relaxed));
            stream.send(1).await?;
            std::future::pending().await
        }
    }
    let has_ended = Arc::new(AtomicBool::new(false));
    let client = Client::new(ApiServer::new(Service(Arc::clone(&has_ended))).into_router());

    let mut dropped = client.get("/").await;
    dropped.event().await;
    dropped.events_within(SECOND).await;
    assert!(!has_ended.load(Ordering::Relaxed));
    drop(dropped);
    assert!(has_ended.swap(false, Ordering::Relaxed));

    let mut cut = client.get("/").await;
    cut.cut_at(3);
    assert!(!has_ended.load(Ordering::Relaxed));
    assert_eq!(cut.end().await, End::Cut);
    assert!(has_ended.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_connection_that_the_server_cuts_is_cut() {
    let stream = || async {
        let pieces = [
            Ok("id: 1\ndata: 1\n\nid: 2\nda"),
            Err(io::Error::other("gone")),
        ];
        let body = Body::from_stream(futures::stream::iter(pieces));
        ([("content-type", "text/event-stream")], body)
    };
    let client = Client::new(axum::Router::new().fallback(stream));
    let mut stream = client.get("/").await;
    assert_eq!(stream.rest().await.len(), 1);
    assert_eq!(stream.end().await, End::Cut);
    assert_eq!(stream.last_event_id(), "1");
    assert!(
        stream
            .to_string()
            .ends_with("da\n(cut by the server: gone)\n"),
        "{stream}"
    );
}
