//! What rows say of channels and their records.

use std::error::Error;
use std::fmt;

use tokio_postgres::Row;

use super::super::remote::Lives;
use super::super::{
    ChannelName, Cursor, Epoch, Extent, InvalidRecord, Page, PageBuilder, ReadError, Record,
    Standing,
};

/// A number of the log's, which Postgres keeps with a sign.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The lives of a channel: an epoch of the log, and the number after which it began, each.
pub(super) fn lives_of(stored: &[i64], channel: &ChannelName) -> Result<Lives, Foreign> {
    let lives = stored.chunks(2).map(|pair| match pair {
        [epoch, after] => {
            let epoch = Epoch::new(epoch.cast_unsigned()).of_channel(channel);
            Some((epoch, u64::try_from(*after).ok()?))
        }
        _ => None,
    });
    let lives: Option<Vec<_>> = lives.collect();
    lives.and_then(Lives::new).ok_or(Foreign::Lives)
}

/// How it stands with a channel.
pub(super) struct State {
    /// The numbers before its first record, of the newest that was dropped, and of the newest.
    began: u64,
    dropped: u64,
    last: u64,
    pub(super) ended: bool,
    lives: Lives,
}

impl State {
    /// Of a row that begins with what `sse_extents` says.
    pub(super) fn of(row: &Row, channel: &ChannelName) -> Result<Self, Foreign> {
        Ok(Self {
            began: unsigned(row.try_get(0)?),
            last: unsigned(row.try_get(1)?),
            dropped: unsigned(row.try_get(2)?),
            ended: row.try_get(3)?,
            lives: lives_of(&row.try_get::<_, Vec<_>>(4)?, channel)?,
        })
    }

    pub(super) fn end(&self) -> Cursor {
        self.lives.end(self.last)
    }

    pub(super) fn extent(&self) -> Extent {
        Extent {
            oldest: self.place(self.dropped),
            newest: self.end(),
            exists: self.last > self.began || self.ended,
            ended: self.ended,
        }
    }

    /// The place before the newest `records`.
    pub(super) fn rewind(&self, records: usize) -> Cursor {
        let before = self.last.saturating_sub(records as u64);
        self.place(before.max(self.dropped))
    }

    /// A page of the rows that were read after `cursor`.
    pub(super) fn page(&self, cursor: Cursor, rows: &[Row]) -> Result<Page, Foreign> {
        let standing = self.lives.stand(cursor, self.last);
        let at = match standing {
            Standing::Rewound => self.lives.rewound(cursor),
            Standing::UnknownEpoch | Standing::Ahead => self.end(),
            _ => return self.page_of_rows(cursor, rows),
        };
        Ok(PageBuilder::new(standing, at).finish(false, false))
    }

    fn page_of_rows(&self, cursor: Cursor, rows: &[Row]) -> Result<Page, Foreign> {
        let numbers = rows.iter().map(|row| Ok(unsigned(row.try_get(1)?)));
        let numbers = numbers.collect::<Result<Vec<_>, tokio_postgres::Error>>()?;
        // Rows that somebody has deleted are as gone as those that were dropped.
        let first = numbers
            .first()
            .map_or(self.last, |first| first.saturating_sub(1));
        let (standing, at) = match cursor.seq() < first {
            false => (Standing::Contiguous, cursor),
            true => {
                let is_known = cursor.seq() >= self.began;
                let missed = is_known.then_some(first - cursor.seq());
                (Standing::Truncated { missed }, self.place(first))
            }
        };
        let mut page = PageBuilder::new(standing, at);
        let mut next = first;
        for (row, seq) in rows.iter().zip(numbers) {
            // The next page begins at what is missing, and says so.
            if seq != next + 1 {
                break;
            }
            let record = record(row).map_err(|error| error.at(seq))?;
            next = seq;
            page.push(self.lives.place(seq), &record);
        }
        Ok(page.finish(next < self.last, self.ended))
    }

    fn place(&self, seq: u64) -> Cursor {
        match seq == self.last {
            true => self.end(),
            false => self.lives.place(seq),
        }
    }
}

/// The record in a row of `sse_read`.
fn record(row: &Row) -> Result<Record<'_>, Foreign> {
    let format: i16 = row.try_get(5)?;
    if !(1..=i16::from(Record::FORMAT)).contains(&format) {
        return Err(Foreign::Format(format));
    }
    let record = Record::new(row.try_get(7)?)?;
    let key: Option<&[u8]> = row.try_get(6)?;
    match key.map(std::str::from_utf8) {
        None => Ok(record),
        Some(Ok(key)) => Ok(record.with_key(key)?),
        Some(Err(_)) => Err(Foreign::Key),
    }
}

/// Why a row is none of ours.
#[derive(Debug)]
pub(super) enum Foreign {
    Row(tokio_postgres::Error),
    Format(i16),
    Key,
    Lines(InvalidRecord),
    Lives,
    At(u64, Box<Self>),
}

impl Foreign {
    fn at(self, seq: u64) -> Self {
        Self::At(seq, Box::new(self))
    }
}

impl From<Foreign> for ReadError {
    fn from(why: Foreign) -> Self {
        Self::Unreadable(why.into())
    }
}

impl From<tokio_postgres::Error> for Foreign {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Row(error)
    }
}

impl From<InvalidRecord> for Foreign {
    fn from(error: InvalidRecord) -> Self {
        Self::Lines(error)
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(error) => write!(f, "a row is not as this version reads it: {error}"),
            Self::Format(format) => write!(
                f,
                "a record is of format {format}, and this version reads up to {}",
                Record::FORMAT
            ),
            Self::Key => f.write_str("the key of a record is not UTF-8"),
            Self::Lines(error) => error.fmt(f),
            Self::Lives => f.write_str("the lives of the channel are in no order"),
            Self::At(seq, why) => write!(f, "record {seq}: {why}"),
        }
    }
}

impl Error for Foreign {}
