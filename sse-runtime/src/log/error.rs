//! What can go wrong with a log.

use std::error::Error;
use std::fmt;

use super::{ChannelName, Cursor};

type Source = Box<dyn Error + Send + Sync>;

/// Why records were not appended, or may not have been.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppendError {
    /// The channel has ended. Nothing was written.
    Ended {
        /// The channel.
        channel: ChannelName,
    },
    /// A record is larger than the log ever keeps for a channel. Nothing was written.
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The log's bound.
        limit: usize,
    },
    /// The channel does not end where it was [said](super::Condition::At) to. Nothing was written.
    Moved {
        /// Where it ends.
        end: Cursor,
    },
    /// The engine refused, or could not be asked. Nothing was written, so trying again is safe.
    Refused(Source),
    /// The engine was asked, and its answer did not come. The records may be in the log or not, and
    /// trying again may write them twice.
    Unanswered(Source),
}

impl AppendError {
    /// Whether the records may be in the log all the same.
    #[must_use]
    pub fn may_be_written(&self) -> bool {
        matches!(self, Self::Unanswered(_))
    }
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { channel } => {
                write!(f, "channel `{channel}` has ended; publish to another")
            }
            Self::TooLarge { bytes, limit } => write!(
                f,
                "an event of {bytes} bytes does not fit into a log that keeps {limit} of a \
                 channel; send less, or let it keep more"
            ),
            Self::Moved { end } => write!(
                f,
                "the channel ends at `{end}`, not where it was said to; read on from there"
            ),
            Self::Refused(_) => f.write_str("the log did not take the event; try again"),
            Self::Unanswered(_) => f.write_str(
                "the log did not say whether it took the event; look before sending it again",
            ),
        }
    }
}

impl Error for AppendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(source) | Self::Unanswered(source) => Some(&**source),
            Self::Ended { .. } | Self::TooLarge { .. } | Self::Moved { .. } => None,
        }
    }
}

/// Why a log could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The engine could not be asked, or did not answer. Reading again is safe.
    Unavailable(Source),
    /// What it holds is no record of this version. Reading again gives the same.
    Unreadable(Source),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(_) => f.write_str("the log does not answer; try again"),
            Self::Unreadable(_) => {
                f.write_str("the log holds what this version cannot read; upgrade this process")
            }
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(source) | Self::Unreadable(source) => Some(&**source),
        }
    }
}
