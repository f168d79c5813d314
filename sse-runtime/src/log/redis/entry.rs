//! One entry of a stream, as a record. Anybody may have put it there.

use std::error::Error;
use std::fmt;

use ::redis::Value;

use super::super::{InvalidRecord, ReadError, Record};
use super::reply::{array, text};

/// Its number, and the record.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn list(texts: &[&str]) -> Value {
        Value::Array(texts.iter().map(|text| bulk(text)).collect())
    }

    #[test]
    fn a_record_is_read_with_its_key() {
        let fields = list(&["f", "1", "k", "ann", "new", "field", "d", "data: x\n"]);
        let read = Value::Array(vec![bulk("7-0"), fields]);
        let record = Record::new(b"data: x\n").unwrap().with_key("ann").unwrap();
        assert_eq!(entry(&read), Ok((7, record)));
    }

    #[test]
    fn the_id_of_an_entry_is_a_number_of_ours() {
        for id in ["7-1", "7", "-0", "x-0", "18446744073709551616-0", ""] {
            let fields = list(&["f", "1", "d", "data: x\n"]);
            let read = Value::Array(vec![bulk(id), fields]);
            assert_eq!(entry(&read), Err(Unreadable::Id(id.to_owned())));
        }
    }
}
