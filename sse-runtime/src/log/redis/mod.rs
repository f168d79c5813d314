//! A log in Redis Streams.
//!
//! ```text
//! engine ─ script ─▶ link ─▶ append, extent, read (Lua)   each atomic, in the slot of one channel
//! mirrors ◀── hints, signals ◀── hearing ◀── SPUBLISH by `append`, and by `signal`
//! ```
//!
//! What is numbered, kept and refused is decided by the scripts, in the server: it is the one place that
//! all nodes share. What comes back is checked again (`reply`, `entry`, `live`), as anybody may have
//! changed it.

mod engine;
mod entry;
mod fault;
mod greet;
mod hearing;
mod link;
mod live;
mod names;
mod options;
mod reply;
mod script;
mod tending;

use std::fmt;
use std::sync::Arc;

use tokio::task::JoinSet;

pub use options::RedisOptions;

use super::ConnectError;
use super::remote::{Connections, Mirrors, Remote, remote_log};
use engine::RedisEngine;
use greet::greet;
use hearing::Hearing;
use link::Link;
use names::Names;
use tending::{Connected, tend};

/// The most records of one batch.
const MAX_RECORDS: usize = 65_536;

#[doc = include_str!("log.md")]
#[derive(Clone)]
pub struct RedisLog {
    remote: Arc<Remote<RedisEngine>>,
}

remote_log!(RedisLog, RedisEngine);

impl RedisLog {
    /// Connects to the server at `url`, with [`RedisOptions`] as they are by default.
    ///
    /// It is tried out with all that a log has a server do, under names that belong to no channel: so
    /// what is missing is found now, and not with the first event.
    ///
    /// # Errors
    ///
    /// As [`RedisOptions::connect`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        RedisOptions::default().connect(url).await
    }

    async fn connect_with(options: RedisOptions, url: &str) -> Result<Self, ConnectError> {
        let (certificates, timeout) = (&options.certificates, options.timeout);
        let (link, database, lines) = Link::connect(url, certificates, timeout).await?;
        let (link, mirrors) = (Arc::new(link), Arc::<Mirrors>::default());
        let connections = Connections::new("redis", &mirrors);
        let names = Arc::new(Names::new(&options.namespace, database));
        let hearing = Arc::new(Hearing {
            names: Arc::clone(&names),
            mirrors: Arc::clone(&mirrors),
            link: Arc::clone(&link),
            connections: Arc::clone(&connections),
        });
        let mut connected = Vec::with_capacity(lines.len());
        for (shard, asking) in lines {
            let ear = hearing.dial(&shard).await;
            let hearing = ear.map_err(|error| shard.server.not_connected(&error))?;
            connected.push(Connected {
                shard,
                asking,
                hearing,
            });
        }
        greet(&names, &options, &link, &connected).await?;

        let mut tasks = JoinSet::new();
        tasks.spawn(tend(Arc::clone(&link), hearing, connections, connected));
        let engine = RedisEngine {
            options,
            names,
            link,
            _tasks: tasks,
        };
        let remote = Remote::new(Arc::new(engine), mirrors);
        Ok(Self {
            remote: Arc::new(remote),
        })
    }
}

impl fmt::Debug for RedisLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLog")
            .field("options", &self.remote.engine().options)
            .finish_non_exhaustive()
    }
}
