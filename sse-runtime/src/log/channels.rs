//! The channels that one stream follows, and its id for its places in all of them.

use std::fmt;

use super::ChannelName;
use super::cursor::{Cursor, Epoch, ForeignId, parse_seq, write_seq};
use crate::wire::EventId;

/// The channels that one stream follows: 1 to 32 different ones, in an order that is kept.
///
/// The stream has one id for its places in all of them: `<epoch>-<seq>` for a single channel,
/// `<epoch>-<tag>.<seq>,<tag>.<seq>` for several. An entry names its epoch only where that differs
/// from the one before. A tag is a hash of a channel's name.
///
/// ```
/// use sse_runtime::log::{ChannelName, Channels, Cursor, Epoch};
///
/// let channels = Channels::new([ChannelName::new("a")?, ChannelName::new("b")?])?;
/// let epoch = Epoch::new(0xbee);
/// let id = channels.id(&[Cursor::new(epoch, 7), Cursor::new(epoch, 12)])?;
/// assert_eq!(id.as_str(), "bee-e40c292c.7,e70c2de5.12");
///
/// // Who comes back for other channels resumes those that it had.
/// let channels = Channels::new([ChannelName::new("b")?, ChannelName::new("c")?])?;
/// assert_eq!(channels.cursors(id.as_str())?, [Some(Cursor::new(epoch, 12)), None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Channels {
    /// With their tags, all of them different.
    names: Box<[(ChannelName, u32)]>,
}

impl Channels {
    /// The most channels of one stream: what keeps its id within [`MAX_ID_BYTES`](Self::MAX_ID_BYTES).
    pub const MAX: usize = 32;

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
    /// cursors have the same epoch.
    pub fn id(&self, cursors: &[Cursor]) -> Result<EventId, IdTooLong> {
        if let ([_], [cursor]) = (&*self.names, cursors) {
            return Ok((*cursor).into());
        }
        let mut id = Vec::new();
        let mut epoch = None;
        for ((_, tag), cursor) in self.names.iter().zip(cursors) {
            if !id.is_empty() {
                id.push(b',');
            }
            if epoch.replace(cursor.epoch()) != Some(cursor.epoch()) {
                cursor.epoch().write(&mut id);
                id.push(b'-');
            }
            Epoch::new((*tag).into()).write(&mut id);
            id.push(b'.');
            write_seq(cursor.seq(), &mut id);
        }
        if id.len() > Self::MAX_ID_BYTES {
            return Err(IdTooLong { bytes: id.len() });
        }
        // Invariant: digits, letters, hyphens, dots and commas are UTF-8, and an id.
        let id = String::from_utf8(id).unwrap_or_default();
        Ok(EventId::new(id).unwrap_or_default())
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
            if let Some((_, place)) = places.find(|((_, own), _)| *own == tag) {
                *place = Some(cursor);
            }
        }
        Ok(cursors)
    }
}

/// `[<epoch>-]<tag>.<seq>`.
fn parse_entry(entry: &str, epoch: &mut Option<Epoch>) -> Option<(u32, Cursor)> {
    let entry = match entry.split_once('-') {
        Some((named, entry)) => {
            *epoch = Some(Epoch::parse(named)?);
            entry
        }
        None => entry,
    };
    let (tag, seq) = entry.split_once('.')?;
    let tag = u32::try_from(Epoch::parse(tag)?.get()).ok()?;
    Some((tag, Cursor::new((*epoch)?, parse_seq(seq)?)))
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
