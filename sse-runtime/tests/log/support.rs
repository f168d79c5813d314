//! What the tests of logs share.

pub(crate) use futures::executor::block_on;
use sse_runtime::log::*;

pub(crate) fn channel(name: &str) -> ChannelName {
    ChannelName::new(name).unwrap()
}

pub(crate) fn channels<'a>(names: impl IntoIterator<Item = &'a str>) -> Channels {
    Channels::new(names.into_iter().map(channel)).unwrap()
}

pub(crate) async fn append(log: &MemoryLog, name: &str, data: &str) -> Cursor {
    let lines = format!("data: {data}\n");
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append(&channel(name), &record).await.unwrap()
}

pub(crate) async fn end_of(log: &MemoryLog, name: &str) -> Cursor {
    log.extent(&channel(name)).await.unwrap().newest
}

pub(crate) async fn read(log: &MemoryLog, name: &str, after: Cursor) -> Page {
    let channel = channel(name);
    let page = log.read_after(&channel, after, Limit::default());
    page.await.unwrap()
}

/// The data of a page whose records have one line each.
pub(crate) fn data(page: &Page) -> Vec<String> {
    let entries = page.runs().flat_map(Run::entries);
    let lines = entries.map(|entry| String::from_utf8(entry.lines().to_vec()).unwrap());
    lines
        .map(|line| line["data: ".len()..].trim_end().to_owned())
        .collect()
}
