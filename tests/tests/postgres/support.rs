//! Servers, and what tests do with them.

use sse_runtime::log::{Cursor, EventLog, Limit, Page, PostgresLog, PostgresOptions, Record, Run};
use tests::logs::pages;
pub(crate) use tests::logs::{PATIENCE, channel, until};
use tests::servers::{Postgres, PostgresSettings};
use tokio_postgres::{Client, NoTls};

/// A server with a log in it, as both are by default.
pub(crate) async fn with_log() -> Option<(Postgres, PostgresLog)> {
    let server = Postgres::start(PostgresSettings::default())?;
    let log = log(&server, PostgresOptions::default()).await;
    Some((server, log))
}

/// A log in that server, made where it is not there.
pub(crate) async fn log(server: &Postgres, options: PostgresOptions) -> PostgresLog {
    let url = server.url();
    options.migrate(&url).await.expect("the schema can be made");
    options.connect(&url).await.expect("it serves the log")
}

/// A connection of an application.
pub(crate) async fn client(server: &Postgres) -> Client {
    let connected = tokio_postgres::connect(&server.url(), NoTls).await;
    let (client, connection) = connected.expect("the server answers");
    tokio::spawn(async move {
        // Whoever asks over it is told what ended it.
        let _ = connection.await;
    });
    client
}

/// Runs what an application runs.
pub(crate) async fn run(client: &Client, sql: &str) {
    let done = client.batch_execute(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// The text that a query gives.
pub(crate) async fn text(client: &Client, sql: &str) -> String {
    let row = client.query_one(sql, &[]).await;
    let row = row.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    row.get(0)
}

pub(crate) async fn append(log: &PostgresLog, name: &str, data: &str) -> Cursor {
    let lines = format!("data: {data}\n");
    let record = Record::new(lines.as_bytes()).expect("one line");
    log.append(&channel(name), &record).await.expect("appended")
}

pub(crate) async fn end(log: &PostgresLog, name: &str) -> Cursor {
    let extent = log.extent(&channel(name)).await;
    extent.expect("the log answers").newest
}

pub(crate) async fn read(log: &PostgresLog, name: &str, after: Cursor) -> Page {
    let channel = channel(name);
    let page = log.read_after(&channel, after, Limit::default());
    page.await.expect("the log answers")
}

/// The ids and lines of a page.
pub(crate) fn lines(page: &Page) -> Vec<(String, String)> {
    let entries = page.runs().flat_map(Run::entries);
    let entry = entries.map(|entry| {
        let lines = String::from_utf8_lossy(entry.lines()).into_owned();
        (entry.cursor().to_string(), lines)
    });
    entry.collect()
}

/// What a channel holds: ids and lines.
pub(crate) async fn all(log: &PostgresLog, name: &str) -> Vec<(String, String)> {
    let pages = pages(log, &channel(name)).await;
    pages.iter().flat_map(lines).collect()
}
