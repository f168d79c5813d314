//! When records are appended.

use std::fmt;

use super::Cursor;

/// Under which condition records are appended: by
/// [`EventLog::append_if`](super::EventLog::append_if).
///
/// ```
/// use sse_runtime::log::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryLog::default();
/// let room = ChannelName::new("room-1")?;
/// let record = Record::new(b"data: hello\n")?;
///
/// let once = Condition::Once(IdempotencyKey::new("order-4711")?);
/// let first = log.append_if(once, &room, &[record]).await?;
/// let again = log.append_if(once, &room, &[record]).await?;
/// assert_eq!(again.places, first.places);
/// assert!(again.is_repeated);
///
/// log.append(&room, &record).await?;
/// let elsewhere = Condition::At(first.places[0]);
/// let elsewhere = log.append_if(elsewhere, &room, &[record]).await;
/// assert!(matches!(elsewhere, Err(AppendError::Moved { .. })));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition<'a> {
    /// Unless records were appended to the channel with this key; then their places are the answer,
    /// even if the channel has ended since. So it is safe to try again after an append that was not
    /// [answered](super::AppendError::Unanswered), within the time for which the engine states that
    /// it remembers a key.
    Once(IdempotencyKey<'a>),
    /// If this is the end of the channel: nobody has appended anything since. Otherwise it is
    /// [`AppendError::Moved`](super::AppendError::Moved).
    At(Cursor),
}

/// What an append under a condition did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The place behind each record.
    pub places: Vec<Cursor>,
    /// Whether these were appended before, with the same key, and nothing now.
    pub is_repeated: bool,
}

/// What one writer calls one append, however often it tries that.
///
/// ```
/// use sse_runtime::log::IdempotencyKey;
///
/// assert!(IdempotencyKey::new("order-4711").is_ok());
/// assert!(IdempotencyKey::new("").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey<'a>(&'a str);

impl<'a> IdempotencyKey<'a> {
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 512;

    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// [`InvalidIdempotencyKey`] where `text` is empty, longer than [`MAX_BYTES`](Self::MAX_BYTES) or
    /// holds a control character.
    pub fn new(text: &'a str) -> Result<Self, InvalidIdempotencyKey> {
        if text.is_empty() || text.len() > Self::MAX_BYTES || text.contains(char::is_control) {
            return Err(InvalidIdempotencyKey { bytes: text.len() });
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.0
    }
}

/// The text is no idempotency key: 1 to 512 bytes without control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidIdempotencyKey {
    bytes: usize,
}

impl fmt::Display for InvalidIdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an idempotency key of {} bytes; give 1 to {} without control characters",
            self.bytes,
            IdempotencyKey::MAX_BYTES
        )
    }
}

impl std::error::Error for InvalidIdempotencyKey {}
