//! The names of channels.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

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
    pub(super) fn tag(&self) -> u32 {
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
