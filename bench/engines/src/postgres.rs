//! Postgres, and `pgbench` calling the function that the log calls.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sse_runtime::log::{PostgresLog, PostgresOptions};
use tests::servers::{PostgresSettings, Server};
use tokio::process::Command;
use tokio::sync::Notify;

use crate::Failure;
use crate::engine::{Engine, LINES, PUBLISHERS, channel};

pub(crate) struct Postgres {
    server: tests::servers::Postgres,
}

impl Engine for Postgres {
    const NAME: &'static str = "Postgres";
    const TOOL: &'static str = "`pgbench` calling `sse_append`, over 50 connections";
    const FOLLOWER: &'static str =
        "a connection that selects what came after the last event, again and again";
    const CHANNELS: usize = 100;
    type Log = PostgresLog;

    fn start() -> Option<Self> {
        let settings = PostgresSettings {
            fsync: true,
            ..PostgresSettings::default()
        };
        let server = tests::servers::Postgres::start(settings)?;
        Some(Self { server })
    }

    async fn connect(&self) -> Result<PostgresLog, Failure> {
        let options = PostgresOptions::default().events(10_000_000);
        options.migrate(&self.server.url()).await?;
        Ok(options.connect(&self.server.url()).await?)
    }

    async fn tool(&self, channels: usize, time: Duration) -> Result<f64, Failure> {
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
        let mut command = Command::new(program()?);
        command.args(["--no-vacuum", "--protocol", "prepared"]);
        command.args(["--client", &PUBLISHERS.to_string()]);
        command.args(["--time", &time.as_secs().to_string(), "--file"]);
        command.arg(&script).arg(self.server.url());
        let output = command.output().await?;
        let text = String::from_utf8(output.stdout)?;
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split(' ').next());
        let rate = rate.ok_or_else(|| {
            format!(
                "pgbench says {text:?}, {:?}",
                String::from_utf8_lossy(&output.stderr)
            )
        })?;
        Ok(rate.parse()?)
    }

    async fn follow(&self, ready: Arc<Notify>, received: Arc<AtomicU64>) -> Result<(), Failure> {
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
            ready.notify_one();
            loop {
                let rows = client.query(&read, &[&name, &last]).await?;
                received.fetch_add(rows.len() as u64, Ordering::Relaxed);
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
        let (client, connection) =
            tokio_postgres::connect(&self.server.url(), tokio_postgres::NoTls).await?;
        let connection = tokio::spawn(connection);
        let question = "select count(*) from pg_stat_activity \
                        where backend_type = 'client backend' and pid <> pg_backend_pid()";
        let count: i64 = client.query_one(question, &[]).await?.get(0);
        connection.abort();
        Ok(usize::try_from(count)?)
    }
}

/// Of the newest version that is there, as Debian has it.
fn program() -> Result<PathBuf, Failure> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")?;
    let programs = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin/pgbench")));
    let newest = programs.filter(|program| program.exists()).max();
    newest.ok_or_else(|| "there is no pgbench".into())
}
