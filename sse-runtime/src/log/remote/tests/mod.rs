//! What a node keeps of channels, over a server that is a log in memory, and hints as it is told to.

mod asking;
mod bounds;
mod failing;
mod following;
mod hearing;
#[cfg(feature = "metrics")]
mod metrics;
mod schedules;
mod server;
mod threads;

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::super::*;
use super::RemoteWatch;
use server::{Node, Server, Sparse};

fn channel(name: &str) -> ChannelName {
    ChannelName::new(name).unwrap()
}

fn channels<'a>(names: impl IntoIterator<Item = &'a str>) -> Channels {
    Channels::new(names.into_iter().map(channel)).unwrap()
}

async fn append(log: &impl EventLog, name: &str, data: &str) -> Cursor {
    append_about(log, name, data, None).await
}

async fn append_about(log: &impl EventLog, name: &str, data: &str, key: Option<&str>) -> Cursor {
    let lines = format!("data: {data}\n");
    let record = Record::new(lines.as_bytes()).unwrap();
    let record = key.map_or(record, |key| record.with_key(key).unwrap());
    log.append(&channel(name), &record).await.unwrap()
}

async fn append_many(log: &impl EventLog, name: &str, data: impl Iterator<Item = String>) {
    let lines: Vec<_> = data.map(|data| format!("data: {data}\n")).collect();
    let records = lines
        .iter()
        .map(|lines| Record::new(lines.as_bytes()).unwrap());
    let records: Vec<_> = records.collect();
    log.append_all(&channel(name), &records).await.unwrap();
}

async fn end_of(log: &impl EventLog, name: &str) -> Cursor {
    log.extent(&channel(name)).await.unwrap().newest
}

async fn read(log: &impl EventLog, name: &str, after: Cursor) -> Page {
    let channel = channel(name);
    let page = log.read_after(&channel, after, Limit::default());
    page.await.unwrap()
}

/// The data of a page whose records have one line each.
fn data(page: &Page) -> Vec<String> {
    let entries = page.runs().flat_map(Run::entries);
    let lines = entries.map(|entry| String::from_utf8(entry.lines().to_vec()).unwrap());
    lines
        .map(|line| line["data: ".len()..].trim_end().to_owned())
        .collect()
}

/// Whether a hint comes in so long.
async fn is_hinted_within(watch: &mut impl Watch, time: Duration) -> bool {
    timeout(time, watch.changed()).await.is_ok()
}

/// Lets all go on that can, and a while pass: less than until the next round.
async fn settle() {
    sleep(Duration::from_millis(100)).await;
}

/// Lets rounds pass.
async fn rounds(rounds: u32) {
    sleep(Duration::from_millis(1050) * rounds).await;
}
