//! What a version has stored, the next one reads. Here is, byte by byte, what this one and those before
//! it store, and the ids that they give: a change that breaks one of these loses somebody's events.
//!
//! A new format of records gets tests of its own beside these, which stay.

mod nats;
mod postgres;
mod redis;

use std::error::Error;

use sse_runtime::log::*;

/// Keys and lines, with one of each kind of what is easily got wrong.
const RECORDS: [(Option<&str>, &str); 3] = [
    (None, "data: a\n"),
    (Some("ü 🦀"), "event: alert\ndata: disk\ndata: is full\n"),
    (Some(""), "data:  leading\u{0} and \u{feff}\n"),
];

fn records() -> Vec<Record<'static>> {
    let record = |&(key, lines): &(Option<&'static str>, &'static str)| {
        let record = Record::new(lines.as_bytes()).expect("a record");
        key.map_or(record, |key| record.with_key(key).expect("a key"))
    };
    RECORDS.iter().map(record).collect()
}

fn room() -> ChannelName {
    ChannelName::new("rooms/1").expect("a name")
}

/// Ids, keys and lines, and how the id that one comes with stands to them.
type Held = (Standing, Vec<(String, Option<String>, String)>);

/// What comes after an id, as a client brings it.
async fn after(log: &impl EventLog, id: &str) -> Result<Held, ReadError> {
    let cursor = id.parse().expect("an id of a log");
    let room = room();
    let page = log.read_after(&room, cursor, Limit::default()).await?;
    let entries = page.runs().flat_map(Run::entries).map(|entry| {
        let lines = String::from_utf8(entry.lines().to_vec()).expect("UTF-8");
        let id = entry.cursor().to_string();
        (id, entry.key().map(str::to_owned), lines)
    });
    Ok((page.standing(), entries.collect()))
}

/// What the fixtures hold after the first so many records, which have those ids.
fn held(ids: [&str; 3], first: usize) -> Held {
    let records = ids.into_iter().zip(RECORDS).skip(first);
    let records =
        records.map(|(id, (key, lines))| (id.to_owned(), key.map(str::to_owned), lines.to_owned()));
    (Standing::Contiguous, records.collect())
}

/// That it is told which format would have to be known.
fn is_of_a_format_to_come(read: Result<Held, ReadError>) {
    let error = read.expect_err("nobody knows what it means");
    assert!(matches!(error, ReadError::Unreadable(_)), "{error}");
    let source = error.source().expect("it says why").to_string();
    assert!(source.contains("format 2"), "{source}");
}
