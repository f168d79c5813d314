//! The common practice: axum's `Sse`, a `tokio::sync::broadcast` for those who are connected, a list
//! for those who come back, and `KeepAlive`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::{Router, routing::get};
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::event::{NAME, Quote, Tick};
use crate::server::{Amount, HISTORY, Publish};

/// How many events a slow receiver may be behind, as is usual.
const CAPACITY: usize = 1024;

#[derive(Clone)]
pub(crate) struct Ticker {
    live: broadcast::Sender<Arc<Tick<Quote>>>,
    history: Arc<Mutex<VecDeque<Arc<Tick<Quote>>>>>,
    next: u64,
}

pub(crate) fn event<D: Serialize>(tick: &Tick<D>) -> Result<Event, axum::Error> {
    Event::default()
        .id(tick.id.to_string())
        .event(NAME)
        .json_data(&tick.data)
}

impl Ticker {
    pub(crate) fn new() -> Self {
        Self {
            live: broadcast::Sender::new(CAPACITY),
            history: Arc::default(),
            next: 0,
        }
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/stream", get(stream))
            .route("/live", get(live))
            .with_state(self.clone())
    }

    fn after(&self, id: u64) -> Vec<Arc<Tick<Quote>>> {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history
            .iter()
            .filter(|tick| tick.id > id)
            .cloned()
            .collect()
    }
}

impl Publish for Ticker {
    async fn publish(&mut self, events: u64) {
        for _ in 0..events {
            let tick = Arc::new(Tick::<Quote>::nth(self.next));
            self.next += 1;
            let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
            if history.len() == HISTORY {
                history.pop_front();
            }
            history.push_back(Arc::clone(&tick));
            // It fails where nobody listens.
            let _ = self.live.send(tick);
        }
    }
}

/// As many events as are asked for, always ready.
pub(crate) async fn stream(
    Query(amount): Query<Amount>,
) -> Sse<impl Stream<Item = Result<Event, axum::Error>>> {
    Sse::new(stream::iter(
        (0..amount.events).map(|n| event(&Tick::<Quote>::nth(n))),
    ))
}

async fn live(
    State(ticker): State<Ticker>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, axum::Error>>> {
    let receiver = ticker.live.subscribe();
    let missed = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok())
        .map_or_else(Vec::new, |id| ticker.after(id));
    let live = BroadcastStream::new(receiver).filter_map(|tick| async { tick.ok() });
    let ticks = stream::iter(missed).chain(live).map(|tick| event(&*tick));
    Sse::new(ticks).keep_alive(KeepAlive::default())
}
