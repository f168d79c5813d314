use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::http::Request;
use h2::RecvStream;
use h2::client::{Connection, SendRequest};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{SECOND, alone, eventually};
use crate::server::{serve_streams, serve_streams_with};

/// A connection that is read from while its other half is polled, and not otherwise.
struct Client {
    requests: SendRequest<axum::body::Bytes>,
    reading: Connection<TcpStream>,
}

impl Client {
    async fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.unwrap();
        let (requests, reading) = h2::client::handshake(socket).await.unwrap();
        Self { requests, reading }
    }

    /// Opens a stream, as far as its head.
    async fn get(&mut self, path: &str) -> RecvStream {
        let requests = self.requests.clone();
        let response = async {
            let request = Request::get(format!("http://localhost{path}"));
            let request = request.body(()).unwrap();
            let mut requests = requests.ready().await.unwrap();
            let (response, _) = requests.send_request(request, true).unwrap();
            response.await.unwrap()
        };
        let response = tokio::select! {
            ended = &mut self.reading => panic!("{ended:?}"),
            response = response => response,
        };
        assert_eq!(response.status(), 200);
        response.into_body()
    }
}

async fn text(mut body: RecvStream) -> String {
    let mut text = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        body.flow_control().release_capacity(chunk.len()).unwrap();
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_shutdown_returns_within_its_window_whatever_clients_do() {
    let _alone = alone().await;
    let server = serve_streams(2 * SECOND).await;
    let mut unread = Vec::new();
    let mut without_window = Vec::new();
    let mut reading = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..50 {
        let mut client = Client::connect(server.address).await;
        let body = client.get("/flood").await;
        unread.push((client, body));

        let mut client = Client::connect(server.address).await;
        let body = client.get("/flood").await;
        without_window.push((tokio::spawn(client.reading), client.requests, body));

        let mut client = Client::connect(server.address).await;
        let body = client.get("/quiet").await;
        reading.push((tokio::spawn(client.reading), client.requests, body));

        let mut client = Client::connect(server.address).await;
        drop(client.get("/page").await);
        idle.push((tokio::spawn(client.reading), client.requests));
    }
    assert_eq!(server.counts.running.load(Ordering::SeqCst), 150);

    let started = Instant::now();
    server.shutdown.start();
    let first = async {
        for (connection, _requests) in idle {
            connection.await.unwrap().unwrap();
        }
        for (connection, _requests, body) in reading {
            let text = text(body).await;
            assert!(text.starts_with("data: 1\n\nretry: "), "{text:?}");
            connection.await.unwrap().unwrap();
        }
        started.elapsed()
    };
    let took = timeout(20 * SECOND, first).await.expect("they are closed");
    assert!(took < SECOND, "those that read are closed after {took:?}");
    timeout(20 * SECOND, server.served)
        .await
        .expect("it returns")
        .unwrap()
        .unwrap();
    let took = started.elapsed();
    assert!(took < 3 * SECOND, "it took {took:?}");
    assert_eq!(server.counts.running.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_client_that_has_vanished_is_found() {
    let _alone = alone().await;
    let server = serve_streams_with(SECOND, |serve| serve.client_timeout(SECOND)).await;
    let mut there = Client::connect(server.address).await;
    let _its_body = there.get("/quiet").await;
    let _there = tokio::spawn(there.reading);
    let mut gone = Client::connect(server.address).await;
    let _body = gone.get("/quiet").await;
    assert_eq!(server.counts.running.load(Ordering::SeqCst), 2);
    eventually(
        "the service of the one that does not answer is dropped",
        || server.counts.running.load(Ordering::SeqCst) == 1,
    )
    .await;
    // The other one has answered by now, more than once.
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(server.counts.running.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_has_no_more_streams_than_it_may() {
    let _alone = alone().await;
    let server = serve_streams_with(SECOND, |serve| serve.max_streams_per_connection(2)).await;
    let mut client = Client::connect(server.address).await;
    let _first = client.get("/quiet").await;
    let second = client.get("/quiet").await;
    let third = timeout(SECOND / 4, client.get("/quiet")).await;
    assert!(third.is_err(), "a third stream is served");
    drop(second);
    let _third = timeout(20 * SECOND, client.get("/quiet"))
        .await
        .expect("there is room for it");
}
