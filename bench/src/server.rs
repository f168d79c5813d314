//! A server process: one arm on one thread, told by its parent what to do.
//!
//! It writes two ports to its standard output, that of its streams and that on which it is told to
//! publish, or to say what it has counted. It ends when its parent lets go of the second.

use std::future::{Future, IntoFuture};
use std::io;
use std::process::ExitCode;

use axum::Router;
use axum::serve::ListenerExt;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::arms::{Arm, common, gateway, ours, raw};
use crate::instruments::tally::{Counts, Heap, TalliedListener};

/// How many events a server keeps for those who come back.
pub(crate) const HISTORY: usize = 1_000;

/// How many events a stream is asked for.
#[derive(Deserialize)]
pub(crate) struct Amount {
    pub(crate) events: u64,
}

/// What is told to publish.
pub(crate) trait Publish {
    /// Publishes the next `events` as one batch.
    fn publish(&mut self, events: u64) -> impl Future<Output = ()>;
}

/// Runs until the parent lets go.
pub(crate) fn run(arm: Arm, heap: Option<Heap>) -> io::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(arm, heap))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(arm: Arm, heap: Option<Heap>) -> io::Result<()> {
    let http = TcpListener::bind(("127.0.0.1", 0)).await?;
    let control = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = http.local_addr()?.port();
    let ready = format!("{port} {}", control.local_addr()?.port());
    if arm == Arm::Gateway {
        // It takes no listener but binds a port itself, and this one is free now.
        drop(http);
        println!("{ready}");
        let feed = gateway::start(port).map_err(io::Error::other)?;
        return obey(control, feed, heap).await;
    }
    println!("{ready}");
    match arm {
        Arm::Common => {
            let ticker = common::Ticker::new();
            serve_router(ticker.router(), http, heap);
            obey(control, ticker, heap).await
        }
        Arm::Raw => {
            let sockets = raw::Sockets::default();
            tokio::spawn(sockets.clone().serve(http));
            obey(control, sockets, heap).await
        }
        Arm::Ours => {
            let ticker = ours::Ticker::new();
            serve_router(ticker.router(), http, heap);
            obey(control, ticker, heap).await
        }
        Arm::Serve => {
            let ticker = ours::Ticker::new();
            // With the listener as it is, whose sockets it knows how to set.
            tokio::spawn(sse_runtime::serve(http, ticker.router()).into_future());
            obey(control, ticker, heap).await
        }
        Arm::Gateway | Arm::Nchan => Err(io::Error::other("nchan is served by nginx")),
    }
}

/// Under `axum::serve`. Writes are only counted where the heap is counted too.
fn serve_router(router: Router, listener: TcpListener, heap: Option<Heap>) {
    if heap.is_some() {
        tokio::spawn(axum::serve(TalliedListener(listener), router).into_future());
    } else {
        let listener = listener.tap_io(|socket| {
            // It fails where the client is gone already.
            let _ = socket.set_nodelay(true);
        });
        tokio::spawn(axum::serve(listener, router).into_future());
    }
}

async fn obey(
    control: TcpListener,
    mut publisher: impl Publish,
    heap: Option<Heap>,
) -> io::Result<()> {
    let (parent, _) = control.accept().await?;
    parent.set_nodelay(true)?;
    let mut parent = BufReader::new(parent);
    let mut line = String::new();
    loop {
        line.clear();
        if parent.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        match line.trim() {
            "count" => {
                let counts = Counts::now(heap).to_string();
                parent.write_all(counts.as_bytes()).await?;
            }
            events => publisher.publish(events.parse().unwrap_or(0)).await,
        }
    }
}
