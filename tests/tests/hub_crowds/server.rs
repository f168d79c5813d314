//! The service under test.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use sse_runtime::hub::Hub;
use sse_runtime::log::{Bounds, MemoryLog};
use sse_runtime::{EventId, Problem, server_sent_events};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[derive(Serialize)]
pub(crate) struct Tick {
    pub(crate) symbol: String,
    pub(crate) n: u64,
    pub(crate) text: String,
}

pub(crate) fn tick(n: u64, text: &str) -> Tick {
    Tick {
        symbol: (n % 10).to_string(),
        n,
        text: text.to_owned(),
    }
}

#[derive(Deserialize)]
pub(crate) struct Ask {
    channel: String,
    conflate: Option<bool>,
    after: Option<EventId>,
}

// Who has got all and waits for others of a crowd is written to no more, however long that takes.
#[server_sent_events(event_name = "tick", key = symbol, last_event_id = after, keep_alive = none)]
pub(crate) trait Market {
    #[sse(get = "/ticks")]
    async fn ticks(
        &self,
        payload: Ask,
        stream: impl TicksServerStream<Tick>,
    ) -> Result<(), Problem>;
}

pub(crate) type Ticks = Hub<MarketTicks>;

struct Exchange(Ticks);

impl Market for Exchange {
    async fn ticks(&self, ask: Ask, stream: impl TicksServerStream<Tick>) -> Result<(), Problem> {
        let mut subscribe = self.0.subscribe(&ask.channel).after(ask.after);
        if ask.conflate == Some(true) {
            subscribe = subscribe.conflate();
        }
        Ok(stream.forward(subscribe.await?).await?)
    }
}

pub(crate) fn hub() -> Ticks {
    Hub::new(MemoryLog::default(), MarketTicks)
}

/// A hub on a log that keeps so many events, whatever their size.
pub(crate) fn hub_of(events: usize) -> Ticks {
    let bounds = Bounds::default().events(events).bytes(256 * 1024 * 1024);
    Hub::new(MemoryLog::new(bounds), MarketTicks)
}

pub(crate) async fn publish(hub: &Ticks, channel: &str, tick: &Tick) -> String {
    let id = hub.publish(channel, tick).await.expect("published");
    id.as_str().to_owned()
}

/// The streams, and what tells whether the server still answers.
pub(crate) fn app(hub: &Ticks) -> Router {
    let streams = MarketServer::new(Exchange(hub.clone())).into_router::<()>();
    streams.route("/probe", get(|| async { "here" }))
}

/// Serves on a free port until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    served: JoinHandle<std::io::Result<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.served.abort();
    }
}

pub(crate) async fn serve(hub: &Ticks) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    Server {
        address: listener.local_addr().expect("bound"),
        served: tokio::spawn(sse_runtime::serve(listener, app(hub)).into_future()),
    }
}
