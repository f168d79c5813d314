//! A server on a socket, with a page for scrapes, and clients of it.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use sse_runtime::hub::{Deliver, Hub};
use sse_runtime::log::{Bounds, MemoryLog};
use sse_runtime::{Context, EventId, Problem, Settings, Shutdown, server_sent_events};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;

use crate::scrape::{Recorder, Scrape};

/// What a client wants a stream to do.
#[derive(Deserialize)]
pub(crate) struct Told {
    #[serde(default)]
    send: u32,
    /// Whether each of the events is a kilobyte.
    #[serde(default)]
    large: bool,
    then: Then,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Then {
    Close,
    Return,
    Answer,
    Fail,
    Panic,
    Reconnect,
    PassDeadline,
    PanicAtEnd,
    Wait,
}

/// What a client wants of a hub.
#[derive(Deserialize)]
pub(crate) struct Ask {
    channel: String,
    after: Option<EventId>,
    last: Option<usize>,
    key: Option<String>,
    #[serde(default)]
    conflate: bool,
}

#[derive(Clone, Serialize)]
pub(crate) struct Tick {
    pub(crate) symbol: String,
    pub(crate) text: String,
}

#[server_sent_events(open_after = none)]
pub(crate) trait Api {
    #[sse(get = "/told")]
    async fn told(
        &self,
        payload: Told,
        ctx: Context,
        stream: impl ToldServerStream<String>,
    ) -> Result<Option<&'static str>, Problem>;

    #[sse(get = "/ticks", last_event_id = after, key = symbol)]
    async fn ticks(
        &self,
        payload: Ask,
        stream: impl TicksServerStream<Tick>,
    ) -> Result<(), Problem>;
}

pub(crate) type Ticks = Hub<ApiTicks>;

struct Service(Ticks);

impl Api for Service {
    async fn told(
        &self,
        told: Told,
        ctx: Context,
        stream: impl ToldServerStream<String>,
    ) -> Result<Option<&'static str>, Problem> {
        for n in 0..told.send {
            let width = if told.large { 1000 } else { 1 };
            stream.send(format!("{n:0width$}")).await?;
        }
        match told.then {
            Then::Close => stream.close().await?,
            Then::Return => {}
            Then::Answer => return Ok(Some("something else")),
            Then::Fail => return Err(http::StatusCode::BAD_GATEWAY.into()),
            Then::Panic => panic!("as told"),
            Then::Reconnect => ctx.reconnect(Duration::from_secs(1)),
            Then::PassDeadline => {
                ctx.end_at(Instant::now());
                pending().await
            }
            Then::PanicAtEnd => {
                ctx.on_end(|_| panic!("as told"));
                pending().await
            }
            Then::Wait => pending().await,
        }
        Ok(None)
    }

    async fn ticks(&self, ask: Ask, stream: impl TicksServerStream<Tick>) -> Result<(), Problem> {
        let mut subscribe = self.0.subscribe(&ask.channel).after(ask.after);
        if let Some(last) = ask.last {
            subscribe = subscribe.otherwise(Deliver::Last(last));
        }
        if let Some(key) = ask.key {
            subscribe = subscribe.keys([key]);
        }
        if ask.conflate {
            subscribe = subscribe.conflate();
        }
        Ok(stream.forward(subscribe.await?).await?)
    }
}

/// A hub on a log that keeps so many events of a channel.
pub(crate) fn hub_of(events: usize) -> Ticks {
    Hub::new(MemoryLog::new(Bounds::default().events(events)), ApiTicks)
}

/// An event of about 1 kB.
pub(crate) fn tick(symbol: &str) -> Tick {
    Tick {
        symbol: symbol.to_owned(),
        text: "x".repeat(1000),
    }
}

pub(crate) async fn publish(hub: &Ticks, channel: &str, ticks: &[Tick]) -> Vec<EventId> {
    hub.publish_all(channel, ticks).await.expect("published")
}

/// Its streams, without a socket.
pub(crate) fn app(hub: &Ticks, settings: Settings) -> Router {
    ApiServer::new(Service(hub.clone()))
        .settings(settings)
        .into_router()
}

pub(crate) struct Server {
    pub(crate) hub: Ticks,
    pub(crate) shutdown: Shutdown,
    address: SocketAddr,
}

impl Server {
    /// Serves on a free port, also after its streams were shut down.
    pub(crate) async fn start(recorder: &Recorder, settings: Settings) -> Self {
        let shutdown = Shutdown::new().drain(Duration::from_millis(100));
        let hub = hub_of(100);
        let handle = recorder.handle();
        let app = app(&hub, settings.shutdown(&shutdown))
            .route("/metrics", get(|| async move { handle.render() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            hub,
            shutdown,
            address,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Client {
        self.resume(path, "").await
    }

    pub(crate) async fn resume(&self, path: &str, last_event_id: &str) -> Client {
        let socket = TcpSocket::new_v4().expect("a socket");
        // Little is on its way to a client that does not read.
        socket.set_recv_buffer_size(4096).expect("a buffer");
        let mut socket = socket.connect(self.address).await.expect("a connection");
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             accept: text/event-stream\r\nlast-event-id: {last_event_id}\r\n\r\n"
        );
        socket
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        Client {
            socket,
            seen: Vec::new(),
        }
    }

    pub(crate) async fn scrape(&self) -> Scrape {
        Scrape::of(&self.get("/metrics").await.rest().await)
    }

    /// Scrapes until `condition` holds.
    pub(crate) async fn scrape_until(&self, condition: impl Fn(&Scrape) -> bool) -> Scrape {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let scrape = self.scrape().await;
            if condition(&scrape) {
                return scrape;
            }
            assert!(Instant::now() < until, "not within 20 seconds: {scrape:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) struct Client {
    socket: TcpStream,
    seen: Vec<u8>,
}

impl Client {
    /// Reads until `text` has come.
    pub(crate) async fn read_until(&mut self, text: &str) {
        let mut from = 0;
        while !String::from_utf8_lossy(&self.seen[from..]).contains(text) {
            from = self.seen.len().saturating_sub(text.len());
            let read = self.socket.read_buf(&mut self.seen).await.expect("more");
            assert!(read > 0, "the end came before {text:?}");
        }
    }

    /// Reads to the end, whichever way it ends; all that has come.
    pub(crate) async fn rest(mut self) -> String {
        while self
            .socket
            .read_buf(&mut self.seen)
            .await
            .is_ok_and(|read| read > 0)
        {}
        String::from_utf8_lossy(&self.seen).into_owned()
    }
}
