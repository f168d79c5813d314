//! The channels that one stream follows, and its id for its places in all of them.

use std::fmt;

use super::ChannelName;
use super::cursor::{Cursor, Epoch, ForeignId};
use crate::wire::EventId;

/// The channels that one stream follows: 1 to 50 different ones, in an order that is kept.
///
/// The stream has one id for its places in all of them: `<epoch>-<seq>` for a single channel,
/// `<epoch>-<tag>.<seq>,<tag>.<seq>` for several, with the epoch of their log. A tag is a hash of a
/// channel's name; tags and numbers are in base 64. Where a channel has another epoch than the one
/// before it, its entry is `<epoch>:<tag>.<seq>`, in base 64 too: so the longest id of one epoch is
/// short enough for a header, and so is that of 50 channels whose engine gives each an epoch of 36 bits.
///
/// ```
/// use sse_runtime::log::{ChannelName, Channels, Cursor, Epoch};
///
/// let (a, b) = (ChannelName::new("a")?, ChannelName::new("b")?);
/// let log = Epoch::new(0xbee);
/// let places = [Cursor::new(log.of_channel(&a), 7), Cursor::new(log.of_channel(&b), 12)];
/// let channels = Channels::new([a, b])?;
/// let id = channels.id(&places)?;
/// assert_eq!(id.as_str(), "bee-3_32_h.7,3c32sa.C");
///
/// // Who comes back for other channels resumes those that it had.
/// let channels = Channels::new([ChannelName::new("b")?, ChannelName::new("c")?])?;
/// assert_eq!(channels.cursors(id.as_str())?, [Some(places[1]), None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Channels {
    /// With their tags, all of them different.
    names: Box<[(ChannelName, u32)]>,
}

impl Channels {
    /// The most channels of one stream: what keeps its id within [`MAX_ID_BYTES`](Self::MAX_ID_BYTES).
    pub const MAX: usize = 50;

    /// The longest id. A browser sends it in a header of every reconnect, and servers limit those.
    pub const MAX_ID_BYTES: usize = 1024;

    /// Takes the channels in their order.
    ///
    /// # Errors
    ///
    /// [`InvalidChannels`] where there are none or more than [`MAX`](Self::MAX), where one is named
    /// twice, or where two share a tag, which can befall one set in millions.
    pub fn new(names: impl IntoIterator<Item = ChannelName>) -> Result<Self, InvalidChannels> {
        let mut taken: Vec<(ChannelName, u32)> = Vec::new();
        for name in names {
            if taken.len() == Self::MAX {
                return Err(InvalidChannels::TooMany);
            }
            let tag = name.tag();
            match taken.iter().find(|(_, other)| *other == tag) {
                Some((other, _)) if *other == name => return Err(InvalidChannels::Twice(name)),
                Some((other, _)) => return Err(InvalidChannels::SameTag(other.clone(), name)),
                None => taken.push((name, tag)),
            }
        }
        if taken.is_empty() {
            return Err(InvalidChannels::Empty);
        }
        Ok(Self {
            names: taken.into(),
        })
    }

    /// How many there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The channels in their order. The place of one in it is its index in all else.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &ChannelName> {
        self.names.iter().map(|(name, _)| name)
    }

    /// The id of the places `cursors`, one for each channel in their order.
    ///
    /// # Errors
    ///
    /// [`IdTooLong`] where that is longer than [`MAX_ID_BYTES`](Self::MAX_ID_BYTES): never while all
    /// cursors are of one epoch of a log, nor while epochs have 36 bits and numbers 30.
    pub fn id(&self, cursors: &[Cursor]) -> Result<EventId, IdTooLong> {
        let mut id = Vec::new();
        self.write_id(cursors, &mut id)?;
        // Invariant: digits, letters, hyphens, colons, dots and commas are UTF-8, and an id.
        let id = String::from_utf8(id).unwrap_or_default();
        Ok(EventId::new(id).unwrap_or_default())
    }

    /// Adds the `id:` line of these places to `out`, or nothing.
    #[cfg(feature = "hub")]
    pub(crate) fn write_id_line(
        &self,
        cursors: &[Cursor],
        out: &mut Vec<u8>,
    ) -> Result<(), IdTooLong> {
        let start = out.len();
        out.extend_from_slice(b"id: ");
        let written = self.write_id(cursors, out);
        match written {
            Ok(()) => out.push(b'\n'),
            Err(_) => out.truncate(start),
        }
        written
    }

    fn write_id(&self, cursors: &[Cursor], out: &mut Vec<u8>) -> Result<(), IdTooLong> {
        if let ([_], [cursor]) = (&*self.names, cursors) {
            cursor.write(out);
            return Ok(());
        }
        let start = out.len();
        let mut epoch = None;
        for ((name, tag), cursor) in self.names.iter().zip(cursors) {
            if out.len() > start {
                out.push(b',');
            }
            let of_log = cursor.epoch().of_channel(name);
            match epoch.replace(of_log) {
                None => {
                    of_log.write(out);
                    out.push(b'-');
                }
                Some(before) if before == of_log => {}
                Some(_) => {
                    write_number(of_log.get(), out);
                    out.push(b':');
                }
            }
            write_number((*tag).into(), out);
            out.push(b'.');
            write_number(cursor.seq(), out);
        }
        match out.len() - start {
            bytes if bytes > Self::MAX_ID_BYTES => Err(IdTooLong { bytes }),
            _ => Ok(()),
        }
    }

    /// The place of each channel in `id`, in their order; `None` for one of which it says nothing.
    ///
    /// # Errors
    ///
    /// [`ForeignId`] where `id` is none that [`id`](Self::id) gives, or longer than that, or the id
    /// of a single channel while there are several here.
    pub fn cursors(&self, id: &str) -> Result<Vec<Option<Cursor>>, ForeignId> {
        if id.len() > Self::MAX_ID_BYTES {
            return Err(ForeignId);
        }
        if let ([_], Some(cursor)) = (&*self.names, Cursor::parse(id)) {
            return Ok(vec![Some(cursor)]);
        }
        let mut cursors = vec![None; self.names.len()];
        let mut epoch = None;
        for entry in id.split(',') {
            let (tag, cursor) = parse_entry(entry, &mut epoch).ok_or(ForeignId)?;
            let mut places = self.names.iter().zip(&mut cursors);
            if let Some(((name, _), place)) = places.find(|((_, own), _)| *own == tag) {
                *place = Some(Cursor::new(cursor.epoch().of_channel(name), cursor.seq()));
            }
        }
        Ok(cursors)
    }
}

/// `<epoch>-<tag>.<seq>`, or after the first `[<epoch>:]<tag>.<seq>`. Ids in which all epochs are like
/// the first are out there, too.
fn parse_entry(entry: &str, epoch: &mut Option<Epoch>) -> Option<(u32, Cursor)> {
    let entry = match (entry.split_once('-'), entry.split_once(':')) {
        (Some((named, entry)), _) => {
            *epoch = Some(Epoch::parse(named)?);
            entry
        }
        (None, Some((named, entry))) => {
            let _first = (*epoch)?;
            *epoch = Some(Epoch::new(parse_number(named)?));
            entry
        }
        (None, None) => entry,
    };
    let (tag, seq) = entry.split_once('.')?;
    let tag = u32::try_from(parse_number(tag)?).ok()?;
    Some((tag, Cursor::new((*epoch)?, parse_number(seq)?)))
}

/// The digits of numbers in an id of several channels: none that means something in a header, a URL
/// or the id itself.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

fn write_number(number: u64, out: &mut Vec<u8>) {
    let digits = (u64::BITS - number.leading_zeros()).div_ceil(6).max(1);
    out.extend((0..digits).rev().map(|digit| {
        // Invariant: six bits are less than 64.
        DIGITS[(number >> (6 * digit) & 0x3f) as usize]
    }));
}

/// Reads only what [`write_number`] writes: no leading zeros.
fn parse_number(text: &str) -> Option<u64> {
    if text.is_empty() || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some(number.checked_mul(64)? | digit as u64)
    })
}

/// Why channels cannot be followed by one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidChannels {
    /// There are none.
    Empty,
    /// There are more than [`Channels::MAX`].
    TooMany,
    /// A channel is named twice.
    Twice(ChannelName),
    /// Two channels would be one in an id.
    SameTag(ChannelName, ChannelName),
}

impl fmt::Display for InvalidChannels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no channel to follow; name at least one"),
            Self::TooMany => write!(
                f,
                "one stream follows at most {} channels; open another for the rest",
                Channels::MAX
            ),
            Self::Twice(name) => write!(f, "channel `{name}` is named twice; name it once"),
            Self::SameTag(a, b) => write!(
                f,
                "channels `{a}` and `{b}` have the same tag in ids; follow them in two streams"
            ),
        }
    }
}

impl std::error::Error for InvalidChannels {}

/// The id of several channels would be longer than [`Channels::MAX_ID_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdTooLong {
    bytes: usize,
}

impl fmt::Display for IdTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the id of these channels has {} bytes of at most {}; follow fewer in one stream",
            self.bytes,
            Channels::MAX_ID_BYTES
        )
    }
}

impl std::error::Error for IdTooLong {}
