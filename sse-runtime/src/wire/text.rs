//! Text that has to stay on one line of the stream: ids and event names.

use std::fmt;
use std::str::FromStr;

use ecow::EcoString;
use serde::{Deserialize, Serialize, Serializer};

/// The part that a piece of text plays in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The `id:` line.
    Id,
    /// The `event:` line.
    Event,
    /// The `retry:` line.
    Retry,
    /// The `data:` lines.
    Data,
    /// What the event is about, which is not sent.
    Key,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "event id",
            Self::Event => "event name",
            Self::Retry => "reconnection time",
            Self::Data => "event data",
            Self::Key => "event key",
        })
    }
}

/// An id or an event name holds a character that would end its line or void it.
///
/// ```
/// use sse_runtime::wire::EventName;
///
/// let error = EventName::new("alert\nid: 9").unwrap_err();
/// assert_eq!((error.found(), error.position()), ('\n', 5));
/// assert_eq!(
///     error.to_string(),
///     r#"event name "alert\nid: 9" has a line feed at byte 5; remove CR and LF from it"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidText {
    role: Role,
    found: char,
    position: usize,
    excerpt: Box<str>,
}

/// Errors quote at most this many characters of what they refuse: it may be huge, or none of a
/// log's business.
const EXCERPT: usize = 40;

impl InvalidText {
    /// Which part of the event the text was meant for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The character that is not allowed there.
    pub fn found(&self) -> char {
        self.found
    }

    /// Where it stands, in bytes from the start of the text.
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = match self.found {
            '\r' => "a carriage return",
            '\n' => "a line feed",
            _ => "a NUL",
        };
        let remedy = match self.role {
            Role::Id => "CR, LF and NUL",
            _ => "CR and LF",
        };
        let (role, excerpt, position) = (self.role, &self.excerpt, self.position);
        write!(
            f,
            "{role} {excerpt:?} has {found} at byte {position}; remove {remedy} from it"
        )
    }
}

impl std::error::Error for InvalidText {}

/// Where `id` holds what no id can hold.
///
/// "If the field name is "id": If the field value does not contain U+0000 NULL, then set the last
/// event ID buffer to the field value. Otherwise, ignore the field." CR and LF would end the line.
#[inline]
pub(super) fn refused_in_id(id: &[u8]) -> Option<usize> {
    if is_plain(id) {
        return None;
    }
    id.iter().position(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

/// Where `name` holds what no event name can hold.
///
/// "If the field name is "event": Set the event type buffer to the field value." CR and LF would
/// end the line.
#[inline]
pub(super) fn refused_in_name(name: &[u8]) -> Option<usize> {
    if is_plain(name) {
        return None;
    }
    name.iter().position(|byte| matches!(byte, b'\r' | b'\n'))
}

/// Whether all bytes of `text` are above CR, which is so for nearly every id and name. They are
/// short: eight bytes at a time take fewer instructions than a call of memchr.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // A byte is below n if subtracting n borrows from its highest bit, and that was not set.
    let is_above =
        |word: u64| word.wrapping_sub(ONES * (b'\r' as u64 + 1)) & !word & (ONES << 7) == 0;
    let (words, rest) = text.as_chunks();
    let (halves, rest) = rest.as_chunks();
    words.iter().all(|word| is_above(u64::from_ne_bytes(*word)))
        && halves
            .iter()
            .all(|half| is_above((ONES << 39) | u64::from(u32::from_ne_bytes(*half))))
        && rest.iter().all(|byte| *byte > b'\r')
}

impl InvalidText {
    #[cold]
    #[inline(never)]
    pub(super) fn new(role: Role, text: &[u8], position: usize) -> Self {
        // No character is longer than four bytes.
        let head = text.get(..4 * EXCERPT).unwrap_or(text);
        let mut excerpt: String = String::from_utf8_lossy(head)
            .chars()
            .take(EXCERPT)
            .collect();
        if excerpt.len() < text.len() {
            excerpt.push('…');
        }
        Self {
            role,
            // CR, LF and NUL are ASCII: the byte is the character.
            found: text.get(position).copied().map_or('\0', char::from),
            position,
            excerpt: excerpt.into(),
        }
    }
}

macro_rules! one_line {
    ($(#[$docs:meta])* $name:ident, $role:expr, $refused:ident, $what:literal) => {
        $(#[$docs])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(EcoString);

        impl $name {
            /// Takes `text` as it is, of any length, empty included.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`InvalidText`] where `text` holds ", $what, ".")]
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidText> {
                let text = text.as_ref();
                match $refused(text.as_bytes()) {
                    None => Ok(Self(text.into())),
                    Some(at) => Err(InvalidText::new($role, text.as_bytes(), at)),
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidText;

            fn try_from(text: &str) -> Result<Self, InvalidText> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidText;

            fn try_from(text: String) -> Result<Self, InvalidText> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

one_line! {
    /// The id of an event: what a client sends back as `Last-Event-ID` to resume after it.
    ///
    /// Any text without CR, LF and NUL. The empty id is one too: it tells a client to forget the id
    /// it had. Up to 15 bytes need no allocation; of a longer text a clone shares it.
    ///
    /// ```
    /// use sse_runtime::wire::EventId;
    ///
    /// let id: EventId = "a1-42".parse()?;
    /// assert_eq!(id.as_str(), "a1-42");
    /// assert!(EventId::new("42\ndata: injected").is_err());
    /// # Ok::<(), sse_runtime::wire::InvalidText>(())
    /// ```
    EventId, Role::Id, refused_in_id, "CR, LF or NUL"
}

macro_rules! id_of_integer {
    ($($ty:ty)*) => {$(
        /// The number in decimal.
        impl From<$ty> for EventId {
            fn from(number: $ty) -> Self {
                Self(itoa::Buffer::new().format(number).into())
            }
        }
    )*};
}

id_of_integer! { u8 u16 u32 u64 usize }

one_line! {
    /// The name of an event: what a page passes to `addEventListener`.
    ///
    /// Any text without CR and LF. To a client the empty name is the same as none: `message`. Up to
    /// 15 bytes need no allocation; of a longer text a clone shares it.
    ///
    /// ```
    /// use sse_runtime::wire::EventName;
    ///
    /// let name = EventName::new("alert")?;
    /// assert_eq!(name.to_string(), "alert");
    /// # Ok::<(), sse_runtime::wire::InvalidText>(())
    /// ```
    EventName, Role::Event, refused_in_name, "CR or LF"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_any_text_without_cr_lf_and_nul() {
        for text in ["", " ", "7", "a:b", "ü", "\u{feff}", "\t"] {
            assert_eq!(EventId::new(text).unwrap().as_str(), text);
        }
        for (text, found, position) in [("\r", '\r', 0), ("ü\n", '\n', 2), ("ab\0", '\0', 2)] {
            let error = EventId::new(text).unwrap_err();
            assert_eq!(
                (error.role(), error.found(), error.position()),
                (Role::Id, found, position)
            );
        }
    }

    #[test]
    fn a_name_may_hold_nul_but_neither_cr_nor_lf() {
        assert_eq!(EventName::new("a\0b").unwrap().as_str(), "a\0b");
        assert!(EventName::new("a\rb").is_err());
        assert!(EventName::new("a\nb").is_err());
    }

    #[test]
    fn an_error_quotes_a_bounded_excerpt() {
        let error = EventId::new("ü".repeat(1 << 20) + "\0").unwrap_err();
        assert_eq!(error.position(), 2 << 20);
        assert_eq!(
            error.to_string(),
            format!(
                "event id \"{}…\" has a NUL at byte 2097152; remove CR, LF and NUL from it",
                "ü".repeat(40)
            ),
        );
    }

    #[test]
    fn deserialising_checks_and_serialising_is_plain_text() {
        let id: EventId = serde_json::from_str("\"7\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"7\"");
        let error = serde_json::from_str::<EventName>(r#""a\nb""#).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with(r#"event name "a\nb" has a line feed at byte 1"#)
        );
    }

    #[test]
    fn display_honours_width() {
        assert_eq!(format!("[{:>3}]", EventId::new("7").unwrap()), "[  7]");
    }
}
