//! Why a stream was not taken as it is.

use std::fmt;

/// A part of the stream is over a limit of the decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// A line has more bytes than [`Decoder::max_line`](super::Decoder::max_line).
    LineTooLong {
        /// The limit.
        limit: usize,
    },
    /// An event has more bytes than [`Decoder::max_event`](super::Decoder::max_event).
    EventTooLong {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, limit, setting) = match self {
            Self::LineTooLong { limit } => ("a line", limit, "max_line"),
            Self::EventTooLong { limit } => ("an event", limit, "max_event"),
        };
        write!(
            f,
            "{what} of the stream is longer than {limit} bytes; raise `{setting}` if it should pass"
        )
    }
}

impl std::error::Error for DecodeError {}
