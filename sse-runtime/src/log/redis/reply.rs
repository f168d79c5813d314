//! What the scripts answer. Nothing of it is believed: a key may have been changed by anybody.

use std::error::Error;
use std::fmt;

use ::redis::Value;

use super::super::remote::Lives;
use super::super::{Cursor, Epoch, InvalidRecord, ReadError, Record};
use super::fault::Fault;

/// What came of an append.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The numbers of the records, which have that epoch, are those after `before` up to `last`.
    Appended {
        end: Cursor,
        epoch: Epoch,
        before: u64,
        last: u64,
        /// It was done before, with the same key.
        is_repeated: bool,
    },
    /// The channel has ended.
    Ended,
    /// It ends elsewhere.
    Moved { end: Cursor },
}

impl Outcome {
    pub(super) fn of(reply: &Value) -> Result<Self, Fault> {
        let [status, epoch, seq, places @ ..] = array(reply)? else {
            return Err(Fault::Strange("an outcome"));
        };
        let end = Cursor::new(epoch_of(text(epoch)?)?, number(seq)?);
        match (text(status)?, places) {
            (status @ ("appended" | "repeated"), [epoch, first, last]) => Ok(Self::Appended {
                end,
                epoch: epoch_of(text(epoch)?)?,
                before: number(first)?.saturating_sub(1),
                last: number(last)?,
                is_repeated: status == "repeated",
            }),
            ("ended", _) => Ok(Self::Ended),
            ("moved", _) => Ok(Self::Moved { end }),
            _ => Err(Fault::Strange("an outcome that it could have")),
        }
    }
}

/// How a channel stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) lives: Lives,
    /// The number of the newest record.
    pub(super) last: u64,
    pub(super) ended: bool,
}

impl State {
    fn of(lives: &Value, last: &Value, ended: &Value) -> Result<Self, Fault> {
        Ok(Self {
            lives: lives_of(text(lives)?)?,
            last: number(last)?,
            ended: number(ended)? == 1,
        })
    }

    /// How channels stand, and how many records of each are kept.
    pub(super) fn of_many(reply: &Value) -> Result<Vec<(Self, u64)>, Fault> {
        let channels = array(reply)?.iter().map(|channel| {
            let [lives, last, ended, kept] = array(channel)? else {
                return Err(Fault::Strange("how a channel stands"));
            };
            Ok((Self::of(lives, last, ended)?, number(kept)?))
        });
        channels.collect()
    }

    /// How a channel stands, and entries of it; `None` where it is not known.
    pub(super) fn with_entries(reply: &Value) -> Result<Option<(Self, &[Value])>, Fault> {
        match reply {
            Value::Nil | Value::Boolean(false) => Ok(None),
            reply => {
                let [lives, last, ended, entries] = array(reply)? else {
                    return Err(Fault::Strange("how a channel stands"));
                };
                Ok(Some((Self::of(lives, last, ended)?, array(entries)?)))
            }
        }
    }
}

/// One entry of a stream: its number, and the record.
pub(super) fn entry(entry: &Value) -> Result<(u64, Record<'_>), Unreadable> {
    let strange = |_| Unreadable::Strange;
    let [id, fields] = array(entry).map_err(strange)? else {
        return Err(Unreadable::Strange);
    };
    let id = text(id).map_err(strange)?;
    let seq = id.strip_suffix("-0").and_then(|seq| seq.parse().ok());
    let seq = seq.ok_or_else(|| Unreadable::Id(id.to_owned()))?;
    let (mut format, mut key, mut lines) = (None, None, None);
    for field in array(fields).map_err(strange)?.chunks(2) {
        if let [Value::BulkString(name), Value::BulkString(value)] = field {
            match &**name {
                b"f" => format = Some(value),
                b"k" => key = Some(value),
                b"d" => lines = Some(value),
                // Of a newer version that old ones may read.
                _ => {}
            }
        }
    }
    let format = format.and_then(|format| str::from_utf8(format).ok()?.parse().ok());
    match format {
        Some(1..=Record::FORMAT) => {}
        Some(format) => return Err(Unreadable::Format { seq, format }),
        None => return Err(Unreadable::Lacking { seq, field: "f" }),
    }
    let lines = lines.ok_or(Unreadable::Lacking { seq, field: "d" })?;
    let invalid = |error| Unreadable::Invalid { seq, error };
    let mut record = Record::new(lines).map_err(invalid)?;
    if let Some(key) = key {
        let key = str::from_utf8(key).map_err(|_| Unreadable::Lacking { seq, field: "k" })?;
        record = record.with_key(key).map_err(invalid)?;
    }
    Ok((seq, record))
}

/// Why an entry of the stream is no record that this version can read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is no entry at all.
    Strange,
    /// Its id is none that a log gives.
    Id(String),
    /// It lacks a field, or what is in it has no meaning.
    Lacking { seq: u64, field: &'static str },
    /// It is of a newer version.
    Format { seq: u64, format: u8 },
    /// It would not be one event.
    Invalid { seq: u64, error: InvalidRecord },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strange => f.write_str("an entry without an id and fields"),
            Self::Id(id) => write!(f, "an entry `{id}`, which is the id of no record"),
            Self::Lacking { seq, field } => {
                write!(
                    f,
                    "record {seq} has no valid field `{field}`; remove the channel"
                )
            }
            Self::Format { seq, format } => write!(
                f,
                "record {seq} is of format {format}; this version reads up to {}",
                Record::FORMAT
            ),
            Self::Invalid { seq, error } => write!(f, "record {seq} is none: {error}"),
        }
    }
}

impl Error for Unreadable {}

impl From<Unreadable> for ReadError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable.into())
    }
}

/// `<epoch>:<after> …`, oldest first.
fn lives_of(text: &str) -> Result<Lives, Fault> {
    let lives = text.split(' ').map(|life| {
        let (epoch, after) = life.split_once(':')?;
        Some((Epoch::parse(epoch)?, after.parse().ok()?))
    });
    let lives: Option<Vec<_>> = lives.collect();
    lives
        .and_then(Lives::new)
        .ok_or(Fault::Strange("the lives of the channel"))
}

fn epoch_of(text: &str) -> Result<Epoch, Fault> {
    Epoch::parse(text).ok_or(Fault::Strange("an epoch"))
}

fn array(value: &Value) -> Result<&[Value], Fault> {
    match value {
        Value::Array(values) => Ok(values),
        _ => Err(Fault::Strange("a list")),
    }
}

fn text(value: &Value) -> Result<&str, Fault> {
    let text = match value {
        Value::BulkString(bytes) => str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text.as_str()),
        _ => None,
    };
    text.ok_or(Fault::Strange("a text"))
}

/// An integer or its digits, as Lua keeps no large ones.
fn number(value: &Value) -> Result<u64, Fault> {
    let number = match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        value => text(value)?.parse().ok(),
    };
    number.ok_or(Fault::Strange("a number"))
}
