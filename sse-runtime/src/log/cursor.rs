//! Places in a channel, and the ids that say them.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::str::FromStr;

use super::ChannelName;
use crate::wire::EventId;

/// One life of a log. Numbers of one epoch mean nothing in another.
///
/// A log that may have lost records that clients have seen, because it restarted empty, was flushed
/// or failed over to a replica that lagged, begins a new epoch. So an old cursor is recognised and
/// answered with a gap, where a bare number would silently point at another event.
///
/// Its text is the number in hexadecimal digits.
///
/// ```
/// use sse_runtime::log::{ChannelName, Epoch};
///
/// let log = Epoch::new(0xbee);
/// assert_eq!(log.to_string(), "bee");
///
/// let room = ChannelName::new("room-1")?;
/// let of_room = log.of_channel(&room);
/// assert_ne!(of_room, log);
/// assert_eq!(of_room.of_channel(&room), log);
/// # Ok::<(), sse_runtime::log::InvalidChannelName>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch of that number: what an engine that keeps its epoch has stored.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// An epoch that no log had before, but for one chance in 2⁴⁸. Each id carries its text, so
    /// it is no longer than that needs.
    #[must_use]
    pub fn random() -> Self {
        // The keys of `RandomState` come from the system's source of randomness.
        Self(RandomState::new().hash_one("epoch") >> 16)
    }

    /// The epoch of one channel of a log that has this one. Each channel has its own, so that an id of
    /// one channel means nothing in another: who brings it there is told so, where the bare number
    /// would silently point at another event.
    ///
    /// Of that epoch it is the log's again.
    #[must_use]
    pub fn of_channel(self, channel: &ChannelName) -> Self {
        Self(self.0 ^ u64::from(channel.tag()))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Reads only what is written: one epoch has one text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let canonical = text == "0" || !text.starts_with('0');
        let lower_hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (canonical && lower_hex)
            .then(|| u64::from_str_radix(text, 16).ok())
            .flatten()
            .map(Self)
    }

    pub(super) fn digits(self) -> usize {
        (u64::BITS - self.0.leading_zeros()).div_ceil(4).max(1) as usize
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend((0..self.digits()).rev().map(|digit| {
            // Invariant: a nibble is less than 16.
            let nibble = (self.0 >> (4 * digit) & 0xf) as u8;
            nibble + if nibble < 10 { b'0' } else { b'a' - 10 }
        }));
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch({self})")
    }
}

/// A place in a channel: behind the record of that number. The record's id is the text of the place
/// behind it, so that "read on after what I have" needs no arithmetic.
///
/// ```
/// use sse_runtime::log::{Cursor, Epoch};
///
/// let cursor = Cursor::new(Epoch::new(0xbee), 7);
/// assert_eq!(cursor.to_string(), "bee-7");
/// assert_eq!("bee-7".parse(), Ok(cursor));
///
/// // Ids of somebody else are an outcome, not an error of the request.
/// assert!("42".parse::<Cursor>().is_err());
/// assert!("BEE-07".parse::<Cursor>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    epoch: Epoch,
    seq: u64,
}

impl Cursor {
    /// The place behind record `seq` of that epoch. Records are numbered from 1 up, so 0 is before
    /// all of them.
    #[must_use]
    pub const fn new(epoch: Epoch, seq: u64) -> Self {
        Self { epoch, seq }
    }

    /// The epoch in which the number means something.
    #[must_use]
    pub const fn epoch(self) -> Epoch {
        self.epoch
    }

    /// The number of the record before this place.
    #[must_use]
    pub const fn seq(self) -> u64 {
        self.seq
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (epoch, seq) = text.split_once('-')?;
        Some(Self::new(Epoch::parse(epoch)?, parse_seq(seq)?))
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        self.epoch.write(out);
        out.push(b'-');
        write_seq(self.seq, out);
    }
}

/// Reads only what [`write_seq`] writes: no sign, no leading zeros.
fn parse_seq(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with(['0', '+']);
    canonical.then(|| text.parse().ok()).flatten()
}

fn write_seq(seq: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(seq).as_bytes());
}

/// `<epoch>-<seq>`.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.seq)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}

impl FromStr for Cursor {
    type Err = ForeignId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(ForeignId)
    }
}

impl TryFrom<&EventId> for Cursor {
    type Error = ForeignId;

    fn try_from(id: &EventId) -> Result<Self, Self::Error> {
        id.as_str().parse()
    }
}

impl From<Cursor> for EventId {
    fn from(cursor: Cursor) -> Self {
        // Invariant: hexadecimal digits, a hyphen and decimal digits are an id.
        Self::new(cursor.to_string()).unwrap_or_default()
    }
}

/// The id is none that a log gives. Whose it is cannot be known: an endpoint's from before it had a
/// log, say, or one that somebody typed. What came after it cannot be known either, so it is a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignId;

impl fmt::Display for ForeignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id is none of this log, which are `<epoch>-<number>`; start without one")
    }
}

impl std::error::Error for ForeignId {}
