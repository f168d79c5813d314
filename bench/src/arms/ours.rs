//! This project: traits with an attribute, and a hub between those who publish and those who listen.

use axum::Router;
use serde::Deserialize;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{EventId, Problem, server_sent_events};

use crate::event::{Page, Quote, Tick};
use crate::server::{Amount, Publish};

/// Streams of one request.
#[server_sent_events(id = id, event_name = "tick~", data = data)]
pub(crate) trait Ticks {
    /// As many events as are asked for, always ready.
    #[sse(get = "/stream")]
    async fn stream(
        &self,
        payload: Amount,
        stream: impl StreamServerStream<Tick<Quote>>,
    ) -> Result<(), Problem>;

    /// The same with larger events.
    #[sse(get = "/pages")]
    async fn pages(
        &self,
        payload: Amount,
        stream: impl PagesServerStream<Tick<Page>>,
    ) -> Result<(), Problem>;
}

/// Where a client comes back to.
#[derive(Deserialize)]
pub(crate) struct Resume {
    after: Option<EventId>,
}

/// A stream of what is published.
#[server_sent_events(event_name = "tick~", last_event_id = after)]
pub(crate) trait Market {
    /// What was missed, and what comes.
    #[sse(get = "/live")]
    async fn live(
        &self,
        payload: Resume,
        stream: impl LiveServerStream<Quote>,
    ) -> Result<(), Problem>;
}

const CHANNEL: &str = "ticks";

#[derive(Clone)]
pub(crate) struct Ticker {
    hub: Hub<MarketLive>,
    next: u64,
}

impl Ticker {
    pub(crate) fn new() -> Self {
        Self {
            // It keeps a thousand events of a channel, as all others here do.
            hub: Hub::new(MemoryLog::default(), MarketLive),
            next: 0,
        }
    }

    pub(crate) fn router(&self) -> Router {
        let ticks = TicksServer::new(self.clone()).into_router();
        ticks.merge(MarketServer::new(self.clone()).into_router())
    }
}

impl Ticks for Ticker {
    async fn stream(
        &self,
        payload: Amount,
        stream: impl StreamServerStream<Tick<Quote>>,
    ) -> Result<(), Problem> {
        for n in 0..payload.events {
            stream.send(Tick::<Quote>::nth(n)).await?;
        }
        Ok(())
    }

    async fn pages(
        &self,
        payload: Amount,
        stream: impl PagesServerStream<Tick<Page>>,
    ) -> Result<(), Problem> {
        for n in 0..payload.events {
            stream.send(Tick::<Page>::page(n)).await?;
        }
        Ok(())
    }
}

impl Market for Ticker {
    async fn live(
        &self,
        payload: Resume,
        stream: impl LiveServerStream<Quote>,
    ) -> Result<(), Problem> {
        let events = self.hub.subscribe(CHANNEL).after(payload.after).await?;
        Ok(stream.forward(events).await?)
    }
}

impl Publish for Ticker {
    async fn publish(&mut self, events: u64) {
        let ticks: Vec<Quote> = (self.next..self.next + events)
            .map(|n| Tick::<Quote>::nth(n).data)
            .collect();
        self.next += events;
        // A quote is always JSON, and what fits into a batch here fits into the log.
        let _ = self.hub.publish_all(CHANNEL, &ticks).await;
    }
}
