use std::convert::Infallible;
use std::future::{IntoFuture, Pending, pending};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use rustix::process::Signal;
use sse_runtime::Shutdown;
use sse_runtime::serve::IncomingStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tower::Service;

use crate::client::{Client, SECOND, alone};
use crate::server::serve_streams;

#[tokio::test]
async fn a_shutdown_returns_within_its_window_whatever_clients_do() {
    let _alone = alone().await;
    let server = serve_streams(2 * SECOND).await;
    let mut reading = Vec::new();
    let mut stalled = Vec::new();
    let mut copied = Vec::new();
    let mut halved = Vec::new();
    let mut kept_alive = Vec::new();
    let mut silent = Vec::new();
    for _ in 0..50 {
        let mut client = Client::get(server.address, "/quiet").await;
        client.read_until("data: 1").await;
        reading.push(client);
        let mut client = Client::get_narrow(server.address, "/flood").await;
        client.read_until("text/event-stream").await;
        stalled.push(client);
        let mut client = Client::get_narrow(server.address, "/copied/flood").await;
        client.read_until("text/event-stream").await;
        copied.push(client);
        let mut client = TcpStream::connect(server.address).await.unwrap();
        client
            .write_all(b"GET /quiet HTTP/1.1\r\nho")
            .await
            .unwrap();
        halved.push(client);
        let mut client = Client::get(server.address, "/page").await;
        client.read_until("a page").await;
        kept_alive.push(client);
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }

    let started = Instant::now();
    server.shutdown.start();
    let idle = async {
        for client in kept_alive {
            client.read_to_end().await;
        }
        for mut client in silent {
            // Reset, where it had not been accepted yet.
            assert!(matches!(client.read(&mut [0]).await, Ok(0) | Err(_)));
        }
        started.elapsed()
    };
    let idle = timeout(20 * SECOND, idle)
        .await
        .expect("idle connections are closed");
    assert!(idle < SECOND, "idle connections stay open for {idle:?}");
    for client in reading {
        let text = client.read_to_end().await;
        assert!(
            text.contains("retry: ") && text.ends_with("0\r\n\r\n"),
            "{text:?}"
        );
    }
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
async fn a_request_that_has_begun_is_answered() {
    let _alone = alone().await;
    let server = serve_streams(20 * SECOND).await;
    let mut page = Client::get(server.address, "/page").await;
    page.read_until("a page").await;
    let slow = Client::get(server.address, "/slow-page").await;
    // So that the request is there before the shutdown is.
    let mut next = Client::get(server.address, "/page").await;
    next.read_until("a page").await;
    server.shutdown.start();
    assert!(slow.read_to_end().await.ends_with("a slow page"));
    timeout(2 * SECOND, server.served)
        .await
        .expect("it returns")
        .unwrap()
        .unwrap();
}

/// An app that never comes to make its service for a connection.
struct Hesitant(mpsc::UnboundedSender<()>);

impl Service<IncomingStream<'_, TcpListener>> for Hesitant {
    type Response = Router;
    type Error = Infallible;
    type Future = Pending<Result<Router, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _stream: IncomingStream<'_, TcpListener>) -> Self::Future {
        self.0.send(()).unwrap();
        pending()
    }
}

#[tokio::test]
async fn a_shutdown_waits_for_no_service_that_is_being_made() {
    let _alone = alone().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (called, mut calls) = mpsc::unbounded_channel();
    let shutdown = Shutdown::new();
    let serve = sse_runtime::serve(listener, Hesitant(called)).with_shutdown(&shutdown);
    let served = tokio::spawn(serve.into_future());
    let _client = TcpStream::connect(address).await.unwrap();
    calls.recv().await.unwrap();
    shutdown.start();
    timeout(2 * SECOND, served)
        .await
        .expect("it returns")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_signal_starts_a_shutdown() {
    let _alone = alone().await;
    let shutdown = Shutdown::on_signals().unwrap();
    assert!(!shutdown.is_started());
    rustix::process::kill_process(rustix::process::getpid(), Signal::TERM).unwrap();
    timeout(20 * SECOND, shutdown.started())
        .await
        .expect("it starts");
}
