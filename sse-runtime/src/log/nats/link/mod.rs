//! One connection, the stream behind it, and the questions that are asked there.

mod ask;
mod get;
mod info;
mod many;
mod publish;

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;

use async_nats::ServerInfo;
use async_nats::client::{Client, RequestErrorKind};
use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Stream;
use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::super::Epoch;
use super::ends::Ends;
use super::marks::Marks;
use super::stream::Facts;
pub(super) use ask::NoAnswer;
pub(super) use info::{Holds, Look};
pub(super) use many::{Found, MOST_MESSAGES};
pub(super) use publish::Published;

type Source = Box<dyn Error + Send + Sync>;

type Version = (u32, u32, u32);

/// The servers that store a message before they read on, where the stream is their own. Later ones put it
/// in a queue.
const IN_TURN: Range<Version> = (2, 9, 0)..(2, 9, 16);

/// A client and what is known of the stream, for as long as both are the same.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) facts: Facts,
    pub(super) marks: Arc<Marks>,
    pub(super) ends: Ends,
    context: Context,
    stream: Stream<()>,
    /// Of the stream: another one that is made in its place has another.
    epoch: Epoch,
    /// Whether the server gives many messages for one question: since 2.11.
    gives_many: bool,
    /// Whether the server stores a message only if another subject has not moved: since 2.11. Where a
    /// stream has replicas it then takes but one message of that subject at a time.
    looks_aside: bool,
    /// Whether the server stores a message before it reads what comes after it on this connection.
    stores_in_turn: bool,
}

impl Link {
    pub(super) async fn new(
        context: Context,
        facts: Facts,
        marks: Arc<Marks>,
        ends: Ends,
    ) -> Result<Self, Source> {
        let client = context.client();
        let stream = context.get_stream_no_info(&facts.name).await?;
        let server = client.server_info();
        let version = version(&server.version);
        let is_modern = version >= (2, 11, 0);
        Ok(Self {
            epoch: epoch(facts.created),
            gives_many: is_modern,
            looks_aside: is_modern && !facts.is_replicated,
            stores_in_turn: stores(&server, &facts) && IN_TURN.contains(&version),
            client,
            facts,
            marks,
            ends,
            context,
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

/// Whether it is that server, and no other behind it, that stores what is published.
fn stores(server: &ServerInfo, facts: &Facts) -> bool {
    let is_leader = match &facts.leader {
        Some(leader) => *leader == server.server_name,
        None => server.cluster.is_none(),
    };
    server.jetstream && is_leader && !facts.is_replicated
}

/// Of what was not released, the last number is not known, and as high as it can be.
fn version(text: &str) -> Version {
    let mut numbers = text.trim_start_matches('v').splitn(3, '.');
    let mut number = |or| numbers.next().and_then(|it| it.parse().ok()).unwrap_or(or);
    (number(0), number(0), number(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart_by_their_numbers() {
        assert_eq!(version("2.9.10"), (2, 9, 10));
        assert_eq!(version("v2.14.0"), (2, 14, 0));
        assert!(version("2.11.0-dev") >= (2, 11, 0));
        assert!(IN_TURN.contains(&version("2.9.15")));
        for later_or_unknown in ["2.9.16-RC.1", "2.9.16", "2.9", "2.10.0", "something", ""] {
            let version = version(later_or_unknown);
            assert!(!IN_TURN.contains(&version), "{later_or_unknown}");
        }
    }
}
