//! A log in Postgres.
//!
//! ```text
//! engine ──▶ writer ──▶ link ──▶ sse_write           many appends in one transaction
//!               └─held──▶ waiting ──▶ links ──▶ sse_write      what another transaction holds
//!        ──▶ reader ──▶ link ──▶ sse_read, sse_extents         each of one snapshot
//! mirrors ◀── hints ◀── listen, or where channels end now and then
//!         ◀── signals ◀── link ◀── sse_signals
//! ```
//!
//! What may be written and how is decided by the functions in `migrations`, as those who append need not
//! be nodes.

mod engine;
mod hints;
mod link;
mod migrate;
mod options;
mod parameters;
mod retain;
mod rows;
mod signals;
mod target;
mod tls;
mod trouble;
mod waiting;
mod writer;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::JoinSet;

pub use migrate::Migration;
pub use options::{Hints, PostgresOptions};

use super::remote::{ConnectError, Connections, Mirrors, Remote, remote_log};
use engine::{PostgresEngine, Reader};
use hints::{Listener, Poller};
use link::Link;
use migrate::Schema;
use signals::Signals;
use target::{Target, Wire};
use waiting::{LANES, Waiting};
use writer::{Asking, Writer};

#[doc = include_str!("log.md")]
#[derive(Clone)]
pub struct PostgresLog {
    remote: Arc<Remote<PostgresEngine>>,
}

remote_log!(PostgresLog, PostgresEngine);

impl PostgresLog {
    /// Connects to the log in a database, with [`PostgresOptions`] as they are by default.
    ///
    /// # Errors
    ///
    /// As [`PostgresOptions::connect`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        PostgresOptions::default().connect(url).await
    }

    async fn open(options: &PostgresOptions, url: &str) -> Result<Self, ConnectError> {
        let target = options.target(url)?;
        let (client, mut wire) = target.connect().await?;
        let schema = migrate::check(&target, &client, &mut wire, options).await?;
        if options.hints == Hints::Notify && !schema.notifies {
            let why = "its log does not notify; poll, or `update sse_log set notify = true`";
            return Err(target.refused(why.to_owned()));
        }
        let mut node = Node::new(options, target);
        let reads = node.keep("reads", (client, wire));
        let writes = node.link("writes").await?;
        let mut lanes = Vec::new();
        for _ in 0..LANES {
            lanes.push(node.link("waits for transactions").await?);
        }

        let reader = Arc::new(Reader::new(&reads, &schema.name));
        let writer = node.write(&schema, &writes, lanes);
        node.hear(&schema, &reader, &reads).await?;
        let engine = PostgresEngine {
            writer,
            reader,
            writes,
            shout: format!("select {}.sse_shout($1, $2, $3)", schema.name),
            retention: schema.retention,
            _tasks: node.tasks,
        };
        Ok(Self {
            remote: Arc::new(Remote::new(Arc::new(engine), node.mirrors)),
        })
    }
}

impl fmt::Debug for PostgresLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLog").finish_non_exhaustive()
    }
}

/// What runs on behalf of a log, while that is put together.
struct Node<'a> {
    options: &'a PostgresOptions,
    target: Target,
    mirrors: Arc<Mirrors>,
    connections: Arc<Connections>,
    tasks: JoinSet<()>,
}

impl<'a> Node<'a> {
    fn new(options: &'a PostgresOptions, target: Target) -> Self {
        let mirrors = Arc::new(Mirrors::default());
        Self {
            options,
            target,
            connections: Connections::new("postgres", &mirrors),
            mirrors,
            tasks: JoinSet::new(),
        }
    }

    async fn link(&mut self, role: &str) -> Result<Arc<Link>, ConnectError> {
        let connected = self.target.connect().await?;
        Ok(self.keep(role, connected))
    }

    fn keep(&mut self, role: &str, connected: (tokio_postgres::Client, Wire)) -> Arc<Link> {
        let (client, wire) = connected;
        let connection = self.connections.need(role);
        let link = Arc::new(Link::new(connection, client, self.options.timeout));
        let (kept, target) = (Arc::clone(&link), self.target.clone());
        self.tasks
            .spawn(async move { match kept.keep(&target, wire).await {} });
        link
    }

    /// Starts what appends, and what drops.
    fn write(&mut self, schema: &Schema, writes: &Arc<Link>, lanes: Vec<Arc<Link>>) -> Writer {
        let asking = Asking::new(&schema.name);
        let waiting = Arc::new(Waiting::default());
        // What drops is never waited for, as appends are that wait.
        if let Some(link) = lanes.first() {
            let (link, name) = (Arc::clone(link), schema.name.clone());
            self.tasks
                .spawn(async move { match retain::run(link, name).await {} });
        }
        for link in lanes {
            let (waiting, asking) = (Arc::clone(&waiting), asking.clone());
            self.tasks
                .spawn(async move { match waiting.run(&link, &asking).await {} });
        }
        let (writer, jobs) = Writer::new(self.options.timeout);
        let writes = Arc::clone(writes);
        self.tasks
            .spawn(async move { writer::run(jobs, &writes, &asking, &waiting).await });
        writer
    }

    /// Starts what hears.
    async fn hear(
        &mut self,
        schema: &Schema,
        reader: &Arc<Reader>,
        reads: &Arc<Link>,
    ) -> Result<(), ConnectError> {
        let more = Arc::new(Notify::new());
        let signals = Signals::new(reads, &self.mirrors, &schema.name, &more);
        self.tasks
            .spawn(async move { match signals.run().await {} });
        match self.options.hints {
            Hints::Notify => {
                let (client, mut wire) = self.target.connect().await?;
                let listener = Listener {
                    target: self.target.clone(),
                    mirrors: Arc::clone(&self.mirrors),
                    connection: self.connections.need("hears"),
                    timeout: self.options.timeout,
                    topic: schema.topic.clone(),
                    signals: more,
                };
                listener.prove(&client, &mut wire, reads).await?;
                self.tasks
                    .spawn(async move { match listener.run(client, wire).await {} });
            }
            Hints::Poll(every) => {
                let poller = Poller {
                    reader: Arc::clone(reader),
                    mirrors: Arc::clone(&self.mirrors),
                    every,
                    signals: more,
                };
                self.tasks.spawn(async move { match poller.run().await {} });
            }
        }
        Ok(())
    }
}
