//! Postgres, and `pgbench` calling the function that the log calls.

use std::path::PathBuf;
use std::time::Duration;

use sse_runtime::log::{Hints, PostgresLog, PostgresOptions};
use tests::servers::{PostgresSettings, Server};
use tokio::process::Command;

use crate::Failure;
use crate::count::Count;
use crate::engine::{Engine, LINES, PUBLISHERS, Publisher, channel, output};

/// What one run of the tool may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often a node asks that is not notified.
const EVERY: Duration = Duration::from_millis(50);

/// `NOTIFIES` says whether appends do, and nodes listen.
pub(crate) struct Postgres<const NOTIFIES: bool> {
    server: tests::servers::Postgres,
}

impl<const NOTIFIES: bool> Engine for Postgres<NOTIFIES> {
    const NAME: &'static str = match NOTIFIES {
        true => "Postgres",
        false => "Postgres without NOTIFY, asked every 50 ms",
    };
    const CHANNELS: usize = 100;
    // What is asked now and then costs what is asked for: more often, or more channels, is more.
    const GROWS: bool = NOTIFIES;
    const FOLLOWER: &'static str =
        "a connection that selects what came after the last event, again and again";
    type Log = PostgresLog;
    type Publisher = Pgbench;

    fn start() -> Option<Self> {
        let settings = PostgresSettings {
            fsync: true,
            ..PostgresSettings::default()
        };
        let server = tests::servers::Postgres::start(settings)?;
        Some(Self { server })
    }

    async fn connect(&self) -> Result<PostgresLog, Failure> {
        let mut options = PostgresOptions::default().events(10_000_000);
        options.migrate(&self.server.url()).await?;
        if !NOTIFIES {
            options = options.hints(Hints::Poll(EVERY));
            self.ask("update sse_log set notify = false where notify")
                .await?;
        }
        Ok(options.connect(&self.server.url()).await?)
    }

    async fn publishers(&self, channels: usize) -> Result<Vec<Pgbench>, Failure> {
        // The functions are there.
        drop(self.connect().await?);
        let data = LINES
            .split_once("data: ")
            .map_or("", |(_, data)| data)
            .trim_end();
        let last = channels.saturating_sub(1);
        let script = self.server.daemon().directory().join("append.sql");
        std::fs::write(
            &script,
            format!(
                "\\set c random(0, {last})\n\
                 select sse_append(lpad(:c::text, 12, '0'), 'tick', '{data}');\n"
            ),
        )?;
        Ok(vec![Pgbench {
            program: program()?,
            script,
            url: self.server.url(),
        }])
    }

    async fn follow(&self, ready: &Count, received: &Count) -> Result<(), Failure> {
        let (client, connection) =
            tokio_postgres::connect(&self.server.url(), tokio_postgres::NoTls).await?;
        let follow = async {
            let name = channel(0);
            let newest = "select coalesce(max(seq), 0) from sse_channel where name = $1";
            let mut last: i64 = client.query_one(newest, &[&name]).await?.get(0);
            let read = "select seq, format, key, lines from sse_event \
                        where channel = (select id from sse_channel where name = $1) and seq > $2 \
                        order by seq limit 1000";
            let read = client.prepare(read).await?;
            ready.add(1);
            loop {
                let rows = client.query(&read, &[&name, &last]).await?;
                received.add(rows.len() as u64);
                match rows.last() {
                    Some(row) => last = row.get(0),
                    None => tokio::time::sleep(Duration::from_millis(1)).await,
                }
            }
        };
        tokio::select! {
            over = connection => Ok(over?),
            over = follow => over,
        }
    }

    fn process(&self) -> Option<i32> {
        self.server.daemon().id()
    }

    async fn connections(&self) -> Result<usize, Failure> {
        let question = "select from pg_stat_activity \
                        where backend_type = 'client backend' and pid <> pg_backend_pid()";
        Ok(self.ask(question).await?.try_into()?)
    }
}

impl<const NOTIFIES: bool> Postgres<NOTIFIES> {
    /// Returns how many rows are concerned.
    async fn ask(&self, question: &str) -> Result<u64, Failure> {
        let (client, connection) =
            tokio_postgres::connect(&self.server.url(), tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        let rows = client.execute(question, &[]).await?;
        connection.abort();
        Ok(rows)
    }
}

/// The tool, with what it calls.
pub(crate) struct Pgbench {
    program: PathBuf,
    script: PathBuf,
    url: String,
}

impl Publisher for Pgbench {
    fn name(&self) -> &'static str {
        "`pgbench` with `sse_append`, 50 connections"
    }

    async fn publish(&self, events: u64) -> Result<f64, Failure> {
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol", "prepared"]);
        command.args(["--client", &PUBLISHERS.to_string()]);
        command.args(["--transactions", &(events / PUBLISHERS).to_string()]);
        command.arg("--file").arg(&self.script).arg(&self.url);
        let text = output(command, PATIENCE).await?;
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split(' ').next());
        let rate = rate.ok_or_else(|| format!("pgbench says {text:?}"))?;
        Ok(rate.parse()?)
    }
}

/// Of the newest version that is there, as Debian has it.
fn program() -> Result<PathBuf, Failure> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")?;
    let programs = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")));
    let newest = programs.filter(|program| program.exists()).max();
    newest.ok_or_else(|| "there is no pgbench".into())
}
