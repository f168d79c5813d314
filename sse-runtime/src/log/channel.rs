//! The names of channels, and the sets of them that one stream follows.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use super::cursor::{Cursor, Epoch, ForeignId, parse_seq, write_seq};
use crate::wire::EventId;

/// The name of a channel: 1 to 256 bytes of text without control characters. A clone shares it.
///
/// ```
/// use sse_runtime::log::ChannelName;
///
/// let room = ChannelName::new("rooms/1")?;
/// assert_eq!(room.as_str(), "rooms/1");
/// assert!(ChannelName::new("rooms/1\nrooms/2").is_err());
/// # Ok::<(), sse_runtime::log::InvalidChannelName>(())
/// ```
#[derive(Clone)]
pub struct ChannelName {
    text: Arc<str>,
    /// Of the text, with keys that this process drew: an append and each read look the channel up,
    /// and hash the name once instead.
    hash: u64,
}

impl ChannelName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidChannelName`] where `text` is empty, longer than [`MAX_BYTES`](Self::MAX_BYTES) or
    /// holds a control character.
    pub fn new(text: impl AsRef<str> + Into<Arc<str>>) -> Result<Self, InvalidChannelName> {
        static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

        let name = text.as_ref();
        if name.is_empty() {
            return Err(InvalidChannelName::Empty);
        }
        if name.len() > Self::MAX_BYTES {
            return Err(InvalidChannelName::TooLong { bytes: name.len() });
        }
        if let Some((position, found)) = name.char_indices().find(|(_, c)| c.is_control()) {
            return Err(InvalidChannelName::Control { position, found });
        }
        let hash = KEYS.hash_one(name);
        let text = text.into();
        Ok(Self { text, hash })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    /// What stands for the name in the id of several channels: FNV-1a, as clients bring ids back to
    /// other processes and other versions of this crate.
    fn tag(&self) -> u32 {
        self.text.bytes().fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    }
}

impl PartialEq for ChannelName {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.text == other.text
    }
}

impl Eq for ChannelName {}

impl Hash for ChannelName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl fmt::Debug for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ChannelName {
    type Err = InvalidChannelName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// Why a text is no name of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidChannelName {
    /// There is nothing in it.
    Empty,
    /// It is longer than [`ChannelName::MAX_BYTES`].
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It holds a control character.
    Control {
        /// The byte at which that stands.
        position: usize,
        /// The character.
        found: char,
    },
}

impl fmt::Display for InvalidChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a channel cannot have an empty name; give it one"),
            Self::TooLong { bytes } => write!(
                f,
                "the name of a channel has {bytes} bytes; keep it to {}",
                ChannelName::MAX_BYTES
            ),
            Self::Control { position, found } => write!(
                f,
                "the name of a channel holds {found:?} at byte {position}; leave control \
                 characters out"
            ),
        }
    }
}

impl std::error::Error for InvalidChannelName {}

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
