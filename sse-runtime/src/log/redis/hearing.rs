//! The connections that hear: hints and signals of the channels that are watched on this node.
//!
//! There is one to each server, beside the one that asks, as a server cuts off a subscriber to whom more
//! than so many bytes are owed, and a page of large records can be as many; and as a hint need not wait
//! behind it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::redis::{PushInfo, PushKind, RedisError, ServerErrorKind, Value};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::super::ChannelName;
use super::super::remote::{Connection, Connections, Interest, Mirrors};
use super::link::{Dialed, Link, RECONNECTING, Shard, Shards, is_alive};
use super::live::{Message, message};
use super::names::Names;

/// How many channels are asked for at once.
const BATCH: usize = 256;

/// How long it takes until it is known who has a slot that has moved, about.
const PAUSE: Duration = Duration::from_millis(50);

/// What hears.
pub(super) struct Hearing {
    pub(super) names: Arc<Names>,
    pub(super) mirrors: Arc<Mirrors>,
    pub(super) link: Arc<Link>,
    pub(super) connections: Arc<Connections>,
}

/// A connection that hears.
pub(super) struct Ear {
    pub(super) dialed: Dialed,
    mind: Arc<Mind>,
}

/// What is known where its messages are read.
struct Mind {
    names: Arc<Names>,
    mirrors: Arc<Mirrors>,
    /// Those that it was asked to hear no more, and which have not been confirmed.
    leaving: Mutex<HashSet<ChannelName>>,
    /// Told when it hears of a channel no more that it was not asked to leave.
    has_moved: Notify,
}

impl Hearing {
    pub(super) async fn dial(&self, shard: &Shard) -> Result<Ear, RedisError> {
        let mind = Arc::new(Mind {
            names: Arc::clone(&self.names),
            mirrors: Arc::clone(&self.mirrors),
            leaving: Mutex::default(),
            has_moved: Notify::new(),
        });
        let hears = Arc::clone(&mind);
        let dialed = shard.server.dial(move |push| hears.hear(&push)).await?;
        Ok(Ear { dialed, mind })
    }

    /// Tells each server of the channels that it has and that are watched, as long as it is polled.
    pub(super) async fn distribute(&self) {
        loop {
            let interest = self.mirrors.interest().await;
            self.pass(interest);
        }
    }

    /// Those that are watched and have another server now are heard nowhere.
    pub(super) fn moved(&self, before: &Shards, now: &Shards) {
        self.mirrors.deaf_to(|channel| {
            let live = self.names.of(channel).live();
            match (before.of(&live), now.of(&live)) {
                (Some(before), Some(now)) => !Arc::ptr_eq(before, now),
                _ => true,
            }
        });
    }

    /// Hears what is watched of a server's channels, as long as it is polled.
    pub(super) async fn keep(&self, shard: &Shard, first: Option<Ear>) {
        let role = format!("hears {}", shard.server.address());
        let connection = self.connections.need(role);
        let mut next = first;
        loop {
            let ear = match next.take() {
                Some(ear) => ear,
                None => self.redial(shard, &connection).await,
            };
            connection.is_there();
            let reason = self.follow(shard, ear).await;
            self.lost(shard);
            connection.is_lost(&reason);
        }
    }

    async fn redial(&self, shard: &Shard, connection: &Connection) -> Ear {
        let mut backoff = RECONNECTING;
        loop {
            sleep(backoff.next()).await;
            match self.dial(shard).await {
                Ok(ear) => return ear,
                Err(error) => {
                    let address = shard.server.address();
                    let reason = format!("cannot connect to `{address}`: {error}");
                    connection.is_lost(&reason);
                }
            }
        }
    }

    fn lost(&self, shard: &Shard) {
        let shards = self.link.shards();
        self.mirrors.deaf_to(|channel| {
            let owner = shards.of(&self.names.of(channel).live());
            owner.is_some_and(|owner| std::ptr::eq(&**owner, shard))
        });
        self.link.is_stale();
    }

    /// Returns why it hears nothing any more.
    async fn follow(&self, shard: &Shard, mut ear: Ear) -> String {
        loop {
            tokio::select! {
                () = ear.dialed.over.notified() => return "the connection was closed".to_owned(),
                // An answer that nobody asked for: the client takes it for that of the oldest question,
                // so none is to be believed from here on.
                () = ear.mind.has_moved.notified() => {
                    sleep(PAUSE).await;
                    return "a slot has moved to another server".to_owned();
                }
                batch = shard.interests.take(BATCH) => {
                    if let Err(reason) = self.subscribe(shard, &mut ear, batch).await {
                        return reason;
                    }
                }
                () = sleep(shard.server.timeout()) => {
                    if let Err(reason) = is_alive(&shard.server, &mut ear.dialed).await {
                        return reason;
                    }
                }
            }
        }
    }

    async fn subscribe(
        &self,
        shard: &Shard,
        ear: &mut Ear,
        batch: Vec<Interest>,
    ) -> Result<(), String> {
        let mut commands = ::redis::Pipeline::with_capacity(batch.len());
        for interest in &batch {
            // Each in a command of its own: each has one answer, and a cluster takes no two slots in one.
            match interest {
                Interest::Watched(name) => {
                    commands.cmd("SSUBSCRIBE").arg(self.names.of(name).live())
                }
                Interest::Unwatched(name) => {
                    ear.mind.leaves(name);
                    commands.cmd("SUNSUBSCRIBE").arg(self.names.of(name).live())
                }
            };
        }
        let answers = ear
            .dialed
            .connection
            .send_packed_commands(&commands, 0, batch.len());
        let answers = timeout(shard.server.timeout(), answers).await;
        let answers = answers.map_err(|_| "subscribing took too long".to_owned())?;
        let answers = answers.map_err(|error| error.to_string())?;
        let mut elsewhere = Vec::new();
        for (interest, answer) in batch.into_iter().zip(answers) {
            match (interest, answer) {
                (interest, Value::ServerError(error)) if is_elsewhere(error.kind()) => {
                    elsewhere.push(interest);
                }
                (Interest::Watched(name), answer) => {
                    answer.extract_error().map_err(|error| error.to_string())?;
                    self.mirrors.heard(&name);
                }
                (Interest::Unwatched(_), answer) => {
                    answer.extract_error().map_err(|error| error.to_string())?;
                }
            }
        }
        if !elsewhere.is_empty() {
            self.link.is_stale();
            sleep(PAUSE).await;
            for interest in elsewhere {
                self.pass(interest);
            }
        }
        Ok(())
    }

    /// To the server that has the channel. Where none has it, all is told once more when one does.
    fn pass(&self, interest: Interest) {
        let (Interest::Watched(name) | Interest::Unwatched(name)) = &interest;
        let shards = self.link.shards();
        if let Some(shard) = shards.of(&self.names.of(name).live()) {
            shard.interests.add(interest);
        }
    }
}

impl Mind {
    fn leaves(&self, channel: &ChannelName) {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.insert(channel.clone());
    }

    fn has_left(&self, channel: &ChannelName) -> bool {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.remove(channel)
    }

    /// In the task of the connection, so nothing is queued: while a node is slow, its socket fills.
    fn hear(&self, push: &PushInfo) {
        let Some((Value::BulkString(live), rest)) = push.data.split_first() else {
            return;
        };
        let Some(channel) = self.names.channel_of(live) else {
            return;
        };
        match (&push.kind, rest) {
            (PushKind::SMessage, [Value::BulkString(payload)]) => match message(payload) {
                Some(Message::Hint(end)) => self.mirrors.hinted(&channel, end),
                Some(Message::Signal(key, wire)) => self.mirrors.signalled(&channel, key, wire),
                None => tracing::debug!(%channel, "somebody published what is no message of a log"),
            },
            (PushKind::SUnsubscribe, _) if !self.has_left(&channel) => self.has_moved.notify_one(),
            _ => {}
        }
    }
}

/// Whether the channel is another server's, now or soon.
fn is_elsewhere(error: Option<ServerErrorKind>) -> bool {
    use ServerErrorKind::{Ask, ClusterDown, Moved, TryAgain};
    matches!(error, Some(Ask | ClusterDown | Moved | TryAgain))
}
