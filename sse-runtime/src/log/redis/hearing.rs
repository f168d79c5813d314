//! The connection that hears: hints and signals of the channels that are watched on this node.
//!
//! It is another than the one that asks, as a server cuts off a subscriber to whom more than so many
//! bytes are owed, and a page of large records can be as many; and as a hint need not wait behind it.

use std::sync::Arc;

use ::redis::{PushInfo, PushKind, Value};
use tokio::time::{sleep, timeout};

use super::super::remote::{Interest, Mirrors};
use super::health::{Connection, Health};
use super::link::{Backoff, Dialed, Server, is_alive};
use super::live::{Message, message};
use super::names::Names;

/// How many channels are asked for at once.
const BATCH: usize = 256;

/// What hears.
pub(super) struct Hearing {
    pub(super) server: Server,
    pub(super) names: Arc<Names>,
    pub(super) mirrors: Arc<Mirrors>,
}

impl Hearing {
    pub(super) async fn dial(&self) -> Result<Dialed, ::redis::RedisError> {
        let (names, mirrors) = (Arc::clone(&self.names), Arc::clone(&self.mirrors));
        self.server
            .dial(move |push| hear(&names, &mirrors, &push))
            .await
    }

    /// Hears what is watched, as long as it is polled.
    pub(super) async fn keep(self, health: Arc<Health>, mut dialed: Dialed) {
        loop {
            health.connected(Connection::Hearing);
            let reason = self.follow(dialed).await;
            tracing::debug!(reason, "the connection that hears of redis is lost");
            self.mirrors.deaf();
            health.lost(Connection::Hearing, reason);
            let mut backoff = Backoff::default();
            dialed = loop {
                sleep(backoff.next()).await;
                match self.dial().await {
                    Ok(dialed) => break dialed,
                    Err(error) => {
                        let address = self.server.address();
                        health.lost(
                            Connection::Hearing,
                            format!("cannot connect to `{address}`: {error}"),
                        );
                    }
                }
            };
        }
    }

    /// Returns why it hears nothing any more.
    async fn follow(&self, mut dialed: Dialed) -> String {
        loop {
            tokio::select! {
                () = dialed.over.notified() => return "the connection was closed".to_owned(),
                interest = self.mirrors.interest() => {
                    let mut batch = vec![interest];
                    while batch.len() < BATCH && let Some(more) = self.mirrors.take_interest() {
                        batch.push(more);
                    }
                    if let Err(reason) = self.subscribe(&mut dialed, &batch).await {
                        return reason;
                    }
                }
                () = sleep(self.server.timeout()) => {
                    if let Err(reason) = is_alive(&self.server, &mut dialed).await {
                        return reason;
                    }
                }
            }
        }
    }

    pub(super) async fn subscribe(
        &self,
        dialed: &mut Dialed,
        batch: &[Interest],
    ) -> Result<(), String> {
        let mut commands = ::redis::Pipeline::with_capacity(batch.len());
        for interest in batch {
            // Each in a command of its own: each has one answer, and a cluster takes no two slots in one.
            match interest {
                Interest::Watched(name) => {
                    commands.cmd("SSUBSCRIBE").arg(self.names.of(name).live())
                }
                Interest::Unwatched(name) => {
                    commands.cmd("SUNSUBSCRIBE").arg(self.names.of(name).live())
                }
            };
        }
        let answers = dialed
            .connection
            .send_packed_commands(&commands, 0, batch.len());
        let answers = timeout(self.server.timeout(), answers).await;
        let answers = answers.map_err(|_| "subscribing took too long".to_owned())?;
        for answer in answers.map_err(|error| error.to_string())? {
            answer.extract_error().map_err(|error| error.to_string())?;
        }
        for interest in batch {
            if let Interest::Watched(name) = interest {
                self.mirrors.heard(name);
            }
        }
        Ok(())
    }
}

/// In the task of the connection, so nothing is queued: while a node is slow, its socket fills.
fn hear(names: &Names, mirrors: &Mirrors, push: &PushInfo) {
    let (PushKind::SMessage, [Value::BulkString(live), Value::BulkString(payload)]) =
        (&push.kind, &*push.data)
    else {
        return;
    };
    let Some(channel) = names.channel_of(live) else {
        return;
    };
    match message(payload) {
        Some(Message::Hint(end)) => mirrors.hinted(&channel, end),
        Some(Message::Signal(key, wire)) => mirrors.signalled(&channel, key, wire),
        None => tracing::debug!(%channel, "somebody published what is no message of a log"),
    }
}
