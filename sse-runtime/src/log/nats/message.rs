//! The records of an append as one message of a stream.
//!
//! One message, so that a batch is stored as a whole or not at all by a server of any version. Its
//! payload holds the records one behind the other, numbers with the high byte first:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | how long the lines are |
//! | 2 | how long the key is, plus one; 0 where there is none |
//! | … | the key, in UTF-8 |
//! | … | the lines, as they go over the wire, each with its LF |
//!
//! and its headers say how it is to be read:
//!
//! | header | what |
//! |---|---|
//! | `Sse-Format` | [`Record::FORMAT`] of who wrote it |
//! | `Sse-Records` | how many records there are |
//! | `Sse-After` | the number of the end that the channel had before, where it had one and its name was free again |
//! | `Sse-Until` | of an end: until when the channel is kept, in milliseconds since 1970 |

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_SUBJECT};
use bytes::Bytes;

use super::super::{InvalidRecord, Record};

/// In what comes from the server: the number of the message, that of the one before it on its subject
/// when it was stored, and how large it is where it does not come with it.
const SEQUENCE: &str = "Nats-Sequence";
const LAST_SEQUENCE: &str = "Nats-Last-Sequence";
const MESSAGE_SIZE: &str = "Nats-Msg-Size";

/// Since 2.11: of which subject the last number is expected.
pub(super) const EXPECTED_ASIDE: &str = "Nats-Expected-Last-Subject-Sequence-Subject";

const FORMAT: &str = "Sse-Format";
const RECORDS: &str = "Sse-Records";
const AFTER: &str = "Sse-After";
const UNTIL: &str = "Sse-Until";

/// Before the key and the lines of each record.
const HEAD_BYTES: usize = 6;

/// What is published: after which end of the channel, and until when it is kept where it is one.
pub(super) fn headers(records: usize, after: u64, until: Option<u64>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(FORMAT, Record::FORMAT.to_string());
    headers.insert(RECORDS, records.to_string());
    if after > 0 {
        headers.insert(AFTER, after.to_string());
    }
    if let Some(until) = until {
        headers.insert(UNTIL, until.to_string());
    }
    headers
}

pub(super) fn payload(records: &[Record<'_>]) -> Bytes {
    let key_len = |record: &Record<'_>| record.key().map_or(0, str::len);
    let size = |record: &Record<'_>| HEAD_BYTES + key_len(record) + record.lines().len();
    let mut payload = Vec::with_capacity(records.iter().map(size).sum());
    for record in records {
        // Invariant: lines are at most `Record::MAX_BYTES`, and a key `Record::MAX_KEY_BYTES`.
        payload.extend_from_slice(&(record.lines().len() as u32).to_be_bytes());
        let key = record.key().map_or(0, |key| key.len() as u16 + 1);
        payload.extend_from_slice(&key.to_be_bytes());
        payload.extend_from_slice(record.key().unwrap_or_default().as_bytes());
        payload.extend_from_slice(record.lines());
    }
    payload.into()
}

const _: () = assert!(Record::MAX_BYTES <= u32::MAX as usize);
const _: () = assert!(Record::MAX_KEY_BYTES < u16::MAX as usize);

/// Milliseconds since 1970, of the clock of this node.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    millis(since.unwrap_or_default())
}

pub(super) fn millis(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

/// A message that lies in the stream, or came from there: of this crate or of anybody.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// Its number in the stream.
    pub(super) seq: u64,
    headers: HeaderMap,
    payload: Bytes,
}

impl Stored {
    pub(super) fn new(seq: u64, headers: HeaderMap, payload: Bytes) -> Self {
        Self {
            seq,
            headers,
            payload,
        }
    }

    /// From an answer or a hint that says the number in a header.
    pub(super) fn from_message(message: async_nats::Message) -> Option<Self> {
        let headers = message.headers?;
        let seq = number(&headers, SEQUENCE)?;
        Some(Self::new(seq, headers, message.payload))
    }

    /// Of what the server passes on: the number of the message before it. `None` where there was none, or
    /// nothing is passed on but that there is one.
    pub(super) fn previous(&self) -> Option<u64> {
        let is_whole = self.headers.get_last(MESSAGE_SIZE).is_none();
        let previous = number(&self.headers, LAST_SEQUENCE).filter(|_| is_whole);
        previous.filter(|previous| *previous > 0)
    }

    /// Whether the server stored it on the condition that this subject had not moved since what it comes
    /// after.
    pub(super) fn was_held_to(&self, subject: &str) -> bool {
        let aside = self.headers.get_last(EXPECTED_ASIDE);
        let last = self.headers.get_last(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE);
        let last = last.and_then(|it| it.as_str().parse().ok());
        aside.is_some_and(|it| it.as_str() == subject) && last == Some(self.after())
    }

    /// Where it was published.
    pub(super) fn subject(&self) -> Option<&str> {
        Some(self.headers.get_last(NATS_SUBJECT)?.as_str())
    }

    pub(super) fn after(&self) -> u64 {
        number(&self.headers, AFTER).unwrap_or(0)
    }

    /// Until when the channel is kept that ends with this.
    pub(super) fn until(&self) -> Result<u64, Unreadable> {
        let until = number(&self.headers, UNTIL);
        until.ok_or(self.unreadable(Why::NoHeader(UNTIL)))
    }

    /// What it takes of the memory of a reader.
    pub(super) fn size(&self) -> usize {
        self.payload.len()
    }

    /// All records, checked as if they came from a stranger: they may.
    pub(super) fn records(&self) -> Result<Vec<Record<'_>>, Unreadable> {
        records(&self.headers, &self.payload).map_err(|why| self.unreadable(why))
    }

    fn unreadable(&self, why: Why) -> Unreadable {
        Unreadable { seq: self.seq, why }
    }
}

/// The one record of a signal.
pub(super) fn signalled(message: &async_nats::Message) -> Option<Record<'_>> {
    let headers = message.headers.as_ref()?;
    records(headers, &message.payload).ok()?.into_iter().next()
}

fn records<'p>(headers: &HeaderMap, mut payload: &'p [u8]) -> Result<Vec<Record<'p>>, Why> {
    let format = number(headers, FORMAT).ok_or(Why::NoHeader(FORMAT))?;
    if !(1..=u64::from(Record::FORMAT)).contains(&format) {
        return Err(Why::Format(format));
    }
    let count = number(headers, RECORDS).ok_or(Why::NoHeader(RECORDS))?;
    let mut records = Vec::new();
    while !payload.is_empty() {
        let (record, rest) = split_record(payload).ok_or(Why::Cut)?;
        records.push(record?);
        payload = rest;
    }
    match records.len() as u64 {
        found if found == count => Ok(records),
        found => Err(Why::Count { found, count }),
    }
}

fn split_record(payload: &[u8]) -> Option<(Result<Record<'_>, Why>, &[u8])> {
    let (lines, rest) = payload.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_first_chunk::<2>()?;
    let lines = usize::try_from(u32::from_be_bytes(*lines)).ok()?;
    let key = usize::from(u16::from_be_bytes(*key)).checked_sub(1);
    let (key_text, rest) = rest.split_at_checked(key.unwrap_or(0))?;
    let (lines, rest) = rest.split_at_checked(lines)?;
    let record = || {
        let record = Record::new(lines).map_err(Why::Record)?;
        match key {
            None => Ok(record),
            Some(_) => {
                let key = std::str::from_utf8(key_text).map_err(|_| Why::Key)?;
                record.with_key(key).map_err(Why::Record)
            }
        }
    };
    Some((record(), rest))
}

fn number(headers: &HeaderMap, name: &'static str) -> Option<u64> {
    headers.get_last(name)?.as_str().parse().ok()
}

/// What lies in the stream is no append of this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    seq: u64,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    NoHeader(&'static str),
    Format(u64),
    Count { found: u64, count: u64 },
    Cut,
    Key,
    Record(InvalidRecord),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {} of the stream ", self.seq)?;
        match &self.why {
            Why::NoHeader(name) => write!(f, "has no number in a header `{name}`"),
            Why::Format(format) => write!(
                f,
                "has format {format}, and this version knows 1 to {}",
                Record::FORMAT
            ),
            Why::Count { found, count } => {
                write!(f, "has {found} records where it says {count}")
            }
            Why::Cut => f.write_str("ends within a record"),
            Why::Key => f.write_str("has a key that is not UTF-8"),
            Why::Record(why) => write!(f, "is none of a log: {why}"),
        }
    }
}

impl Error for Unreadable {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored(headers: HeaderMap, payload: impl Into<Bytes>) -> Stored {
        Stored::new(7, headers, payload.into())
    }

    fn told(stored: &Stored) -> String {
        stored.records().unwrap_err().to_string()
    }

    #[test]
    fn records_come_back_with_their_keys() {
        let records = [
            Record::new(b"data: 1\n").unwrap(),
            Record::new(b"event: e\ndata: 2\n")
                .unwrap()
                .with_key("")
                .unwrap(),
            Record::new(b"data: 3\n")
                .unwrap()
                .with_key("\u{fc}\n")
                .unwrap(),
        ];
        let stored = stored(headers(3, 0, None), payload(&records));
        assert_eq!(stored.records().unwrap(), records);
        assert_eq!(stored.after(), 0);
    }

    #[test]
    fn an_end_says_until_when_and_after_which() {
        let stored = stored(headers(0, 41, Some(1_700_000_000_000)), Bytes::new());
        assert_eq!(stored.after(), 41);
        assert_eq!(stored.until(), Ok(1_700_000_000_000));
        assert_eq!(stored.records().unwrap(), []);
    }

    #[test]
    fn a_message_of_somebody_else_is_unreadable() {
        let message = stored(HeaderMap::new(), "hello");
        assert_eq!(
            told(&message),
            "message 7 of the stream has no number in a header `Sse-Format`"
        );
        let message = stored(headers(1, 0, None), "hello");
        assert_eq!(
            told(&message),
            "message 7 of the stream ends within a record"
        );
        let injected = [&[0, 0, 0, 14, 0, 0][..], b"data: 1\n\nid: 2"].concat();
        assert!(told(&stored(headers(1, 0, None), injected)).contains("is none of a log"));
    }

    #[test]
    fn a_later_format_is_named() {
        let mut later = headers(0, 0, None);
        later.insert(FORMAT, "99");
        let told = told(&stored(later, ""));
        assert_eq!(
            told,
            "message 7 of the stream has format 99, and this version knows 1 to 1"
        );
    }

    #[test]
    fn records_are_counted() {
        let record = Record::new(b"data: 1\n").unwrap();
        let told = told(&stored(headers(2, 0, None), payload(&[record])));
        assert_eq!(
            told,
            "message 7 of the stream has 1 records where it says 2"
        );
    }

    proptest! {
        #[test]
        fn whatever_lies_there_is_read_or_refused(bytes: Vec<u8>) {
            let stored = stored(headers(1, 0, None), bytes);
            if let Ok(records) = stored.records() {
                prop_assert_eq!(payload(&records), stored.payload);
            }
        }
    }
}
