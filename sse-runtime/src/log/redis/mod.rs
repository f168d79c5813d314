//! A log in Redis Streams.

mod engine;
mod fault;
mod greet;
mod health;
mod hearing;
mod link;
mod live;
mod names;
mod options;
mod reply;
mod script;

use std::fmt;
use std::sync::Arc;

use tokio::task::JoinSet;

pub use options::RedisOptions;

use super::ConnectError;
use super::remote::{Mirrors, Remote, remote_log};
use engine::RedisEngine;
use greet::greet;
use health::Health;
use hearing::Hearing;
use link::{Link, Server, keep};
use names::Names;

/// A log in Redis 7 or newer, or Valkey.
#[derive(Clone)]
pub struct RedisLog {
    remote: Arc<Remote<RedisEngine>>,
}

remote_log!(RedisLog, RedisEngine);

impl RedisLog {
    /// Connects to the server at `url` with the options' defaults.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        RedisOptions::default().connect(url).await
    }

    async fn connect_with(options: RedisOptions, url: &str) -> Result<Self, ConnectError> {
        let server = Server::new(url, options.timeout)?;
        let names = Arc::new(Names::new(&options.namespace, server.database()));
        let mirrors = Arc::<Mirrors>::default();
        let asking = server.dial(drop).await;
        let asking = asking.map_err(|error| server.not_connected(&error))?;
        let link = Arc::new(Link::new(asking.connection.clone(), options.timeout));
        let hearing = Hearing {
            server: server.clone(),
            names: Arc::clone(&names),
            mirrors: Arc::clone(&mirrors),
        };
        let heard = hearing.dial().await;
        let heard = heard.map_err(|error| server.not_connected(&error))?;
        greet(&server, &names, &options, &link, &heard).await?;

        let health = Arc::new(Health::new(Arc::clone(&mirrors)));
        let mut tasks = JoinSet::new();
        tasks.spawn(keep(Arc::clone(&link), server, Arc::clone(&health), asking));
        tasks.spawn(hearing.keep(health, heard));
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
