//! How a channel ends, so that every node knows it.
//!
//! The end of a channel is a message on a subject of its own, with its last record, if there is one.
//! There is one end at a time: it is written under the condition that the last end of that subject is
//! the one that is known, which the server looks at in the same step. From then on nothing is appended,
//! and there are two ways to see to that, as the server lets us:
//!
//! - Since 2.11, a stream without replicas stores a record on condition that the *other* subject has
//!   not moved. So what comes after an end is not stored at all.
//! - Otherwise the record is stored, and then its writer looks for an end. One that came before it
//!   makes it void: the writer takes it out again and is told so, and who reads it in between, or
//!   because its writer died, passes it over: each record says after which end it was meant to be.
//!
//! When the time for which an ended channel is kept is over, the name is free: what is appended then
//! says that it comes after that end, and all before it is forgotten.

use super::super::ReadError;
use super::ends::LastEnd;
use super::message::{self, Stored, Unreadable};

/// What is known of the ends of a channel: its records are those that lie after `floor`, were meant
/// to, and lie before `end`.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// The number of the end of the life before. What is not after it is forgotten.
    pub(super) floor: u64,
    /// Whether the life before ended with a record.
    pub(super) forgot_record: bool,
    /// The end of this life.
    pub(super) end: Option<Stored>,
}

impl Life {
    pub(super) fn of(last_end: Option<Stored>) -> Result<Self, Unreadable> {
        let Some(end) = last_end else {
            return Ok(Self::default());
        };
        Ok(match end.until()? > message::now() {
            true => Self {
                floor: end.after(),
                forgot_record: false,
                end: Some(end),
            },
            false => Self {
                floor: end.seq,
                forgot_record: !end.records()?.is_empty(),
                end: None,
            },
        })
    }

    /// The number of the last end, of whatever life; 0 where there is none.
    pub(super) fn last_end(&self) -> u64 {
        self.end.as_ref().map_or(self.floor, |end| end.seq)
    }

    /// The same, and until when the channel is kept that ended so.
    pub(super) fn known_end(&self) -> LastEnd {
        let until = self.end.as_ref().and_then(|end| end.until().ok());
        LastEnd {
            seq: self.last_end(),
            until: until.unwrap_or(0),
        }
    }

    /// Whether a message on the subject of records is a record of this life.
    pub(super) fn holds(&self, record: &Stored) -> bool {
        let is_before_end = self.end.as_ref().is_none_or(|end| record.seq < end.seq);
        self.floor < record.seq && self.floor <= record.after() && is_before_end
    }
}

impl From<Unreadable> for ReadError {
    fn from(what: Unreadable) -> Self {
        Self::Unreadable(what.into())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::message::headers;
    use super::*;

    fn end(seq: u64, after: u64, until: u64) -> Stored {
        Stored::new(seq, headers(0, after, Some(until)), Bytes::new())
    }

    fn record(seq: u64, after: u64) -> Stored {
        Stored::new(seq, headers(0, after, None), Bytes::new())
    }

    #[test]
    fn without_an_end_all_is_of_this_life() {
        let life = Life::of(None).unwrap();
        assert!(life.holds(&record(1, 0)) && life.holds(&record(9, 7)));
        assert_eq!(life.last_end(), 0);
    }

    #[test]
    fn what_comes_after_an_end_is_void() {
        let life = Life::of(Some(end(5, 0, u64::MAX))).unwrap();
        assert!(life.holds(&record(4, 0)));
        assert!(!life.holds(&record(6, 0)));
        assert_eq!(life.last_end(), 5);
    }

    #[test]
    fn a_free_name_begins_anew() {
        let life = Life::of(Some(end(5, 0, 0))).unwrap();
        assert!(!life.holds(&record(4, 0)), "of the life before");
        assert!(!life.holds(&record(6, 0)), "meant for the life before");
        assert!(life.holds(&record(7, 5)));
        assert_eq!(life.last_end(), 5);
    }

    #[test]
    fn a_second_life_ends_too() {
        let life = Life::of(Some(end(9, 5, u64::MAX))).unwrap();
        assert!(!life.holds(&record(4, 0)));
        assert!(!life.holds(&record(6, 0)));
        assert!(life.holds(&record(7, 5)));
        assert!(!life.holds(&record(10, 5)));
    }

    #[test]
    fn an_end_of_somebody_else_is_unreadable() {
        let foreign = Stored::new(5, async_nats::HeaderMap::new(), Bytes::new());
        assert!(Life::of(Some(foreign)).is_err());
    }
}
