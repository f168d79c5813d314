//! One connection, the stream behind it, and the questions that are asked there.

mod ack;
mod ask;
mod get;
mod info;
mod many;

use std::error::Error;
use std::sync::Arc;

use async_nats::client::{Client, RequestErrorKind};
use async_nats::connection::State;
use async_nats::jetstream;
use async_nats::jetstream::stream::Stream;
use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::super::Epoch;
use super::ends::Ends;
use super::marks::Marks;
use super::stream::Facts;
pub(super) use ack::{Ack, is_conflict, is_under_way};
pub(super) use ask::{NoAnswer, NoParse, parse};
pub(super) use info::{Holds, Look};
pub(super) use many::{Found, MOST_MESSAGES};

type Source = Box<dyn Error + Send + Sync>;

/// A client and what is known of the stream, for as long as both are the same.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) facts: Facts,
    pub(super) marks: Arc<Marks>,
    pub(super) ends: Ends,
    stream: Stream<()>,
    /// Of the stream: another one that is made in its place has another.
    epoch: Epoch,
    /// Whether the server gives many messages for one question: since 2.11.
    gives_many: bool,
    /// Whether the server stores a message only if another subject has not moved: since 2.11. Where a
    /// stream has replicas it then takes but one message of that subject at a time.
    looks_aside: bool,
}

impl Link {
    pub(super) async fn new(
        client: Client,
        facts: Facts,
        marks: Arc<Marks>,
        ends: Ends,
    ) -> Result<Self, Source> {
        let context = jetstream::new(client.clone());
        let stream = context.get_stream_no_info(&facts.name).await?;
        let is_modern = version(&client) >= (2, 11);
        Ok(Self {
            epoch: epoch(facts.created),
            gives_many: is_modern,
            looks_aside: is_modern && !facts.is_replicated,
            client,
            facts,
            marks,
            ends,
            stream,
        })
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(super) fn looks_aside(&self) -> bool {
        self.looks_aside
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Whether the server has done all that it was asked to before this, on this connection.
    pub(super) async fn is_settled(&self, deadline: Instant) -> bool {
        // Nobody listens there, and the server says so.
        let asked = Box::pin(self.client.request(self.client.new_inbox(), Bytes::new()));
        match timeout_at(deadline, asked).await {
            Ok(Err(error)) => error.kind() == RequestErrorKind::NoResponders,
            Ok(Ok(_)) => true,
            Err(_) => false,
        }
    }
}

/// Of a stream that was made then. What is left out is less than 10 µs.
fn epoch(created: i128) -> Epoch {
    // Nanoseconds since 1970 are positive, and fit for some centuries.
    Epoch::new(created as u64 >> 13)
}

fn version(client: &Client) -> (u32, u32) {
    let version = client.server_info().version;
    let mut numbers = version.trim_start_matches('v').split('.');
    let mut number = || numbers.next().and_then(|it| it.parse().ok()).unwrap_or(0);
    (number(), number())
}
