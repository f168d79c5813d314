//! What is appended: an event as it goes over the wire, but without its id.

use std::fmt;

/// One event to be appended: its lines, encoded, without an `id:` line, which the log writes, and
/// without the blank line at the end.
///
/// Borrowed, as every engine copies it once anyway: into its memory, or into a request. So an event
/// is encoded into a buffer that is used again and costs its publisher no allocation.
///
/// ```
/// use sse_runtime::log::Record;
///
/// let record = Record::new(b"event: alert\ndata: disk is full\n")?.with_key("sda")?;
/// assert_eq!(record.key(), Some("sda"));
/// assert!(Record::new(b"id: 7\ndata: mine\n").is_err());
/// # Ok::<(), sse_runtime::log::InvalidRecord>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    lines: &'a [u8],
    key: Option<&'a str>,
}

impl<'a> Record<'a> {
    /// Which meaning of [`lines`](Self::lines) and [`key`](Self::key) this version writes. An engine
    /// whose records outlive the process stores it beside each of them, and reads any up to its own.
    pub const FORMAT: u8 = 1;

    /// The most bytes of [`lines`](Self::lines): 16 MiB, which is what our decoder takes too.
    pub const MAX_BYTES: usize = 16 * 1024 * 1024;

    /// The longest key, in bytes.
    pub const MAX_KEY_BYTES: usize = 1024;

    /// Takes the lines of one event, each with its LF.
    ///
    /// They are checked, as they may come from another process: whatever is in a log, a subscriber
    /// gets one event for one record.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord`] where `lines` are more than [`MAX_BYTES`](Self::MAX_BYTES), or not one or
    /// more lines that end in LF, none of them blank, with a CR in it or an `id`.
    pub fn new(lines: &'a [u8]) -> Result<Self, InvalidRecord> {
        if lines.len() > Self::MAX_BYTES {
            return Err(InvalidRecord::TooLong { bytes: lines.len() });
        }
        let mut rest = lines;
        loop {
            // "Lines must be separated by either a CRLF character pair, a single LF character, or a
            // single CR character", and a blank one ends the event (WHATWG HTML §9.2.5, §9.2.6).
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let Some((line, tail)) = end.and_then(|end| rest.split_at_checked(end)) else {
                return Err(InvalidRecord::Unfinished);
            };
            let Some(tail) = tail.strip_prefix(b"\n") else {
                return Err(InvalidRecord::Cr);
            };
            match line {
                b"" => return Err(InvalidRecord::BlankLine),
                b"id" | [b'i', b'd', b':', ..] => return Err(InvalidRecord::Id),
                _ if tail.is_empty() => return Ok(Self { lines, key: None }),
                _ => rest = tail,
            }
        }
    }

    /// Says what the event is about. Where only the newest of each matters, older ones of the same
    /// key may be left out.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord::KeyTooLong`] where that is longer than
    /// [`MAX_KEY_BYTES`](Self::MAX_KEY_BYTES).
    pub fn with_key(self, key: &'a str) -> Result<Self, InvalidRecord> {
        if key.len() > Self::MAX_KEY_BYTES {
            return Err(InvalidRecord::KeyTooLong { bytes: key.len() });
        }
        Ok(Self {
            key: Some(key),
            ..self
        })
    }

    /// What it counts where an engine states how large one may be.
    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn size(&self) -> usize {
        self.lines.len() + self.key.map_or(0, str::len)
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &'a [u8] {
        self.lines
    }

    /// What the event is about.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        self.key
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("lines", &String::from_utf8_lossy(self.lines))
            .field("key", &self.key)
            .finish()
    }
}

/// Why bytes are no record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRecord {
    /// There is no line, or the last one lacks its LF.
    Unfinished,
    /// A blank line would end the event before its end.
    BlankLine,
    /// A CR would be a line break too.
    Cr,
    /// A line sets the id, which is the log's to give.
    Id,
    /// The lines are more than [`Record::MAX_BYTES`].
    TooLong {
        /// Their length.
        bytes: usize,
    },
    /// The key is longer than [`Record::MAX_KEY_BYTES`].
    KeyTooLong {
        /// Its length.
        bytes: usize,
    },
}

impl fmt::Display for InvalidRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished => f.write_str("a record is lines that each end in LF; finish it"),
            Self::BlankLine => {
                f.write_str("a record holds a blank line; the log adds the last one")
            }
            Self::Cr => f.write_str("a record holds a CR; end its lines in LF alone"),
            Self::Id => f.write_str("a record holds an `id` line; leave ids to the log"),
            Self::TooLong { bytes } => write!(
                f,
                "a record has {bytes} bytes; keep it to {}",
                Record::MAX_BYTES
            ),
            Self::KeyTooLong { bytes } => write!(
                f,
                "the key of a record has {bytes} bytes; keep it to {}",
                Record::MAX_KEY_BYTES
            ),
        }
    }
}

impl std::error::Error for InvalidRecord {}
