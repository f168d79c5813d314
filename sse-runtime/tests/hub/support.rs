//! A service with a hub, without sockets.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use sse_runtime::hub::{Deliver, Hub, OnGap, OnLag};
use sse_runtime::log::{Bounds, EventLog, MemoryLog};
use sse_runtime::{EventId, Problem, server_sent_events};
use tower::ServiceExt;

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub(crate) struct Tick {
    pub(crate) symbol: String,
    pub(crate) n: u64,
}

pub(crate) fn tick(symbol: &str, n: u64) -> Tick {
    Tick {
        symbol: symbol.to_owned(),
        n,
    }
}

/// What a client asks for; the names are those of the builder.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ask {
    channel: Vec<String>,
    after: Option<EventId>,
    otherwise: Option<String>,
    key: Vec<String>,
    only: Option<u64>,
    conflate: bool,
    on_gap: Option<String>,
    on_lag: Option<String>,
    existing: bool,
    all: bool,
}

#[server_sent_events(event_name = "tick", key = symbol, last_event_id = after)]
pub(crate) trait Market {
    #[sse(get = "/ticks")]
    async fn ticks(
        &self,
        payload: Ask,
        stream: impl TicksServerStream<Tick>,
    ) -> Result<(), Problem>;
}

pub(crate) type Ticks = Hub<MarketTicks>;

pub(crate) struct Exchange<L = MemoryLog>(pub(crate) Hub<MarketTicks, L>);

impl<L: EventLog> Market for Exchange<L> {
    async fn ticks(&self, ask: Ask, stream: impl TicksServerStream<Tick>) -> Result<(), Problem> {
        let subscribe = match (ask.all, ask.existing) {
            (true, _) => self.0.subscribe_all(),
            (false, true) => self.0.subscribe_existing(&ask.channel),
            (false, false) => self.0.subscribe(&ask.channel),
        };
        let mut subscribe = subscribe.after(ask.after);
        subscribe = subscribe.otherwise(match ask.otherwise.as_deref() {
            Some("all") => Deliver::All,
            Some("per-key") => Deliver::LastPerKey,
            Some(last) => Deliver::Last(last.parse().expect("a number")),
            None => Deliver::New,
        });
        if !ask.key.is_empty() {
            subscribe = subscribe.keys(&ask.key);
        }
        if let Some(only) = ask.only {
            subscribe = subscribe
                .filter(move |event| event.json::<Tick>().is_ok_and(|tick| tick.n == only));
        }
        if ask.conflate {
            subscribe = subscribe.conflate();
        }
        subscribe = match ask.on_gap.as_deref() {
            Some("gone") => subscribe.on_gap(OnGap::Gone),
            Some("no-content") => subscribe.on_gap(OnGap::NoContent),
            _ => subscribe,
        };
        if ask.on_lag.is_some() {
            subscribe = subscribe.on_lag(OnLag::Disconnect);
        }
        let events = subscribe.await?;
        Ok(stream.forward(events).await?)
    }
}

pub(crate) fn hub() -> Ticks {
    Hub::new(MemoryLog::default(), MarketTicks)
}

/// A hub on a log that keeps so many events of a channel.
pub(crate) fn hub_of(events: usize) -> Ticks {
    let bounds = Bounds::default().events(events);
    Hub::new(MemoryLog::new(bounds), MarketTicks)
}

/// Publishes ticks of those numbers; their ids.
pub(crate) async fn publish(
    hub: &Ticks,
    channel: &str,
    numbers: std::ops::Range<u64>,
) -> Vec<String> {
    let mut ids = Vec::new();
    for n in numbers {
        let id = hub.publish(channel, &tick("a", n)).await;
        ids.push(id.expect("published").as_str().to_owned());
    }
    ids
}

pub(crate) fn app<L: EventLog>(hub: &Hub<MarketTicks, L>) -> Router {
    MarketServer::new(Exchange(hub.clone())).into_router()
}

/// One client of `/ticks`.
pub(crate) struct Client {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Body,
}

impl Client {
    /// Comes with that query, and with that Last-Event-ID unless it is empty.
    pub(crate) async fn new(hub: &Ticks, query: &str, last_event_id: &str) -> Self {
        Self::of(app(hub), query, last_event_id).await
    }

    pub(crate) async fn of(app: Router, query: &str, last_event_id: &str) -> Self {
        let mut request =
            Request::get(format!("/ticks?{query}")).header("accept", "text/event-stream");
        if !last_event_id.is_empty() {
            request = request.header("last-event-id", last_event_id);
        }
        Self::from(app, request.body(Body::empty()).expect("a valid request")).await
    }

    pub(crate) async fn from(app: Router, request: Request<Body>) -> Self {
        let response = app.oneshot(request).await;
        let response = response.unwrap_or_else(|never| match never {});
        let (head, body) = response.into_parts();
        Self {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// The next bytes of the stream, `None` at its end. Whoever waits for what never comes is given
    /// a heartbeat.
    pub(crate) async fn chunk(&mut self) -> Option<String> {
        let bytes = self.frame().await?;
        Some(String::from_utf8(bytes.to_vec()).expect("a stream is UTF-8"))
    }

    /// As [`chunk`](Self::chunk), as the connection gets it: to be dropped when it is written.
    pub(crate) async fn frame(&mut self) -> Option<Bytes> {
        let frame = self.body.frame().await?.expect("the body is not cut");
        Some(frame.into_data().expect("a stream has no trailers"))
    }

    /// The next blocks that are more than an id, each without its blank line, until one more would
    /// have to be waited for.
    pub(crate) async fn blocks(&mut self) -> Vec<Block> {
        let mut text = String::new();
        while let Ok(Some(chunk)) =
            tokio::time::timeout(Duration::from_millis(1), self.chunk()).await
        {
            text.push_str(&chunk);
        }
        blocks_of(&text)
    }

    /// The numbers of the ticks that have come.
    pub(crate) async fn numbers(&mut self) -> Vec<u64> {
        let blocks = self.blocks().await;
        blocks.iter().filter_map(Block::number).collect()
    }

    /// All that is still to come.
    pub(crate) async fn rest(mut self) -> String {
        let mut text = String::new();
        while let Some(chunk) = self.chunk().await {
            text.push_str(&chunk);
        }
        text
    }
}

/// Whole blocks, each without its blank line.
pub(crate) fn blocks_of(text: &str) -> Vec<Block> {
    assert!(text.is_empty() || text.ends_with('\n'), "half a line");
    text.split_terminator("\n\n").map(Block::of).collect()
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) data: Option<String>,
}

impl Block {
    fn of(text: &str) -> Self {
        let field = |name: &str| {
            let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
            values.next().map(str::to_owned)
        };
        Self {
            id: field("id: "),
            name: field("event: "),
            data: field("data: "),
        }
    }

    pub(crate) fn tick(&self) -> Option<Tick> {
        let is_tick = self.name.as_deref() == Some("tick");
        let data = self.data.as_deref().filter(|_| is_tick)?;
        Some(serde_json::from_str(data).expect("a tick"))
    }

    pub(crate) fn number(&self) -> Option<u64> {
        self.tick().map(|tick| tick.n)
    }

    /// The data of a gap.
    pub(crate) fn gap(&self) -> Option<&str> {
        let is_gap = self.name.as_deref() == Some("gap");
        self.data.as_deref().filter(|_| is_gap)
    }
}
