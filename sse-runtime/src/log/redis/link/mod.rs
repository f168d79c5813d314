//! Where questions are asked: of the server that has the channel.
//!
//! There is one [`Line`] to each server that is a primary. A server that stands alone, or that sentinels
//! name, has all channels. In a cluster each channel is in the slot of its names, and each slot is a
//! primary's: who it is comes from the cluster, and is looked up anew when a server says that a slot is
//! not its own, or is lost.
//!
//! ```text
//! engine ─ call ─▶ Link ─ slot ─▶ Shard ─▶ Line ─▶ server
//!                   ▲ serve
//!                 cluster::follow ◀─ stale
//! ```

mod cluster;
mod dial;
mod line;
mod pem;
mod redirect;
mod sentinel;
mod shards;
mod target;

use std::sync::Arc;
use std::time::Duration;

use ::redis::cluster_routing::Slot;
use ::redis::{Cmd, ServerErrorKind, Value};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

pub(super) use dial::{Dialed, Server};
pub(super) use line::{MAX_BYTES, is_alive};
pub(super) use shards::{Shard, Shards};

use super::super::ConnectError;
use super::super::remote::{Backoff, Certificates};
use super::fault::Fault;
use super::script::Call;
use cluster::Cluster;
use line::{Line, Question};
use pem::Pem;
use redirect::Redirect;
use shards::Address;
use target::Target;

/// How long to wait before the next attempt to connect.
pub(super) const RECONNECTING: Backoff =
    Backoff::new(Duration::from_millis(100), Duration::from_secs(5));

/// How long it takes a cluster to bring what is in two places into one, about.
const PAUSE: Duration = Duration::from_millis(20);

/// How often one question is passed on from one server to another.
const REDIRECTIONS: usize = 5;

/// The servers that hold the channels.
pub(super) struct Link {
    cluster: Option<Cluster>,
    shards: watch::Sender<Arc<Shards>>,
    /// Told when it may be that other servers than these hold the channels.
    stale: Notify,
    timeout: Duration,
}

impl Link {
    /// Connects a line to each server that a connection string means, and says which database it names.
    pub(super) async fn connect(
        url: &str,
        certificates: &Certificates,
        timeout: Duration,
    ) -> Result<(Self, i64, Vec<(Arc<Shard>, Dialed)>), ConnectError> {
        let pem = Pem::read(certificates).map_err(ConnectError::InvalidUrl)?;
        let target = Target::parse(url, pem.as_ref());
        let target = target.map_err(|wrong| ConnectError::InvalidUrl(wrong.into()))?;
        let database = target.database();
        let (cluster, shards) = match target {
            Target::Server(info) => (None, Shards::one(Server::at(info, timeout))),
            Target::Sentinel(service) => (None, Shards::one(Server::primary_of(service, timeout))),
            Target::Cluster { nodes, first } => {
                let cluster = Cluster::new(first, nodes, timeout);
                let slots = cluster.first_slots().await?;
                let shards = Shards::default().serving(&cluster, slots);
                (Some(cluster), shards)
            }
        };
        let mut connected = Vec::new();
        for shard in shards.all() {
            let dialed = shard.server.dial(drop).await;
            let dialed = dialed.map_err(|error| shard.server.not_connected(&error))?;
            shard.line.first(&dialed);
            connected.push((Arc::clone(shard), dialed));
        }
        let link = Self {
            cluster,
            shards: watch::Sender::new(Arc::new(shards)),
            stale: Notify::new(),
            timeout,
        };
        Ok((link, database, connected))
    }

    /// Has the server of the first key run a script.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Value, Fault> {
        let deadline = Instant::now() + self.timeout;
        let (key, size) = (call.key(), call.size());
        let answer = self.route(key, &call.by_hash(), size, deadline).await?;
        match &answer {
            // It ran nothing, so it can be asked again.
            Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript) => {
                checked(self.route(key, &call.by_code(), size, deadline).await?)
            }
            _ => checked(answer),
        }
    }

    /// Asks the server of a key anything else, of so many bytes.
    pub(super) async fn ask(&self, key: &str, command: &Cmd, size: usize) -> Result<Value, Fault> {
        let deadline = Instant::now() + self.timeout;
        checked(self.route(key, command, size, deadline).await?)
    }

    /// Asks over a connection that is not that of a line.
    pub(super) async fn ask_over(&self, dialed: &Dialed, command: &Cmd) -> Result<Value, Fault> {
        let line = Line::new();
        line.first(dialed);
        let question = Question {
            command,
            size: 0,
            is_asking: false,
            deadline: Instant::now() + self.timeout,
        };
        checked(line.ask(question).await?)
    }

    /// Whether what is asked has to do with channels of one slot only.
    pub(super) fn is_cluster(&self) -> bool {
        self.cluster.is_some()
    }

    /// Those of today.
    pub(super) fn shards(&self) -> Arc<Shards> {
        Arc::clone(&self.shards.borrow())
    }

    /// Tells of every change of them.
    pub(super) fn changes(&self) -> watch::Receiver<Arc<Shards>> {
        self.shards.subscribe()
    }

    /// It may be that other servers hold the channels now.
    pub(super) fn is_stale(&self) {
        self.stale.notify_one();
    }

    /// Looks for the servers that hold the channels, as long as it is polled.
    pub(super) async fn follow(&self) {
        match &self.cluster {
            Some(cluster) => cluster.follow(self).await,
            None => std::future::pending().await,
        }
    }

    /// Asks the server of a key, and whomever it passes the question on to.
    ///
    /// That a server passes a question on says that it has done nothing of it.
    async fn route(
        &self,
        key: &str,
        command: &Cmd,
        size: usize,
        deadline: Instant,
    ) -> Result<Value, Fault> {
        let slot = Slot::for_key(key);
        let mut next = None;
        let mut redirections = 0;
        loop {
            let (shard, is_asking) = match next.take() {
                Some(next) => next,
                None => (self.shard_of(slot)?, false),
            };
            let question = Question {
                command,
                size,
                is_asking,
                deadline,
            };
            let answer = shard.line.ask(question).await?;
            let Value::ServerError(error) = &answer else {
                return Ok(answer);
            };
            if error.kind() == Some(ServerErrorKind::TryAgain) {
                let then = Instant::now() + PAUSE;
                if then < deadline {
                    sleep_until(then).await;
                    continue;
                }
            }
            let (Some(cluster), Some(redirect)) = (&self.cluster, Redirect::of(error, &shard))
            else {
                return Ok(answer);
            };
            redirections += 1;
            if redirections > REDIRECTIONS {
                return Ok(answer);
            }
            if !redirect.is_ask {
                self.is_stale();
            }
            let shard = self.at(cluster, &redirect, deadline).await?;
            next = Some((shard, redirect.is_ask));
        }
    }

    fn shard_of(&self, slot: Slot) -> Result<Arc<Shard>, Fault> {
        let shard = self.shards.borrow().of_slot(slot).cloned();
        shard.ok_or_else(|| Fault::NotAsked(format!("no server of the cluster has {slot:?}")))
    }

    /// The server that another one has named.
    async fn at(
        &self,
        cluster: &Cluster,
        redirect: &Redirect,
        deadline: Instant,
    ) -> Result<Arc<Shard>, Fault> {
        let known = self.shards.borrow().at(&redirect.address).cloned();
        let shard = known.unwrap_or_else(|| self.add(cluster, &redirect.address));
        match timeout_at(deadline, shard.line.connected()).await {
            Ok(()) => Ok(shard),
            Err(_) => Err(Fault::NotAsked(format!(
                "`{redirect}` was not reached in time"
            ))),
        }
    }

    /// Adds a server of which no slot is known, unless that was done meanwhile.
    fn add(&self, cluster: &Cluster, address: &Address) -> Arc<Shard> {
        let mut added = None;
        self.shards.send_if_modified(|shards| {
            if let Some(known) = shards.at(address) {
                added = Some(Arc::clone(known));
                return false;
            }
            let (more, new) = shards.with(cluster, address);
            (*shards, added) = (Arc::new(more), Some(new));
            true
        });
        // Invariant: the closure has run, and set it.
        added.unwrap_or_else(|| Shards::default().with(cluster, address).1)
    }
}

fn checked(answer: Value) -> Result<Value, Fault> {
    match answer {
        Value::ServerError(error) => Err(Fault::of_server(&error)),
        answer => Ok(answer),
    }
}
