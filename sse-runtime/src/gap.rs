//! What a client is told when events are missing.

use std::fmt;

#[cfg(feature = "hub")]
use crate::wire::Frame;

/// Events that a subscriber did not get. It is told so by an event named [`Gap::EVENT`], whose data
/// is `{"reason": "truncated", "missed": 50}`, and the stream goes on from there.
///
/// The id of that event is where it goes on, so a client that is told once is not told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    reason: GapReason,
    missed: Option<u64>,
}

/// Why events are missing. Of several reasons the last one here is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GapReason {
    /// One that this version does not know: a newer server told it.
    Unknown,
    /// The log no longer holds all that came after the place where the client was: it was away, or
    /// behind, for too long.
    Truncated,
    /// The place where the client was is behind the end of the channel, as after a failover to a
    /// replica that lagged.
    Ahead,
    /// The log began anew, as after a restart, or the id is one of another channel. All that the log
    /// holds now is new to the client.
    Reset,
    /// The id is none that a log gives.
    Foreign,
}

impl GapReason {
    /// As it is told: `truncated`, `ahead`, `reset`, `foreign`; `unknown` is never told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Truncated => "truncated",
            Self::Ahead => "ahead",
            Self::Reset => "reset",
            Self::Foreign => "foreign",
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Gap {
    /// The name of the event.
    pub const EVENT: &'static str = "gap";

    #[cfg(feature = "hub")]
    pub(crate) const fn new(reason: GapReason, missed: Option<u64>) -> Self {
        Self { reason, missed }
    }

    /// Why events are missing.
    #[must_use]
    pub const fn reason(&self) -> GapReason {
        self.reason
    }

    /// How many, where that is known.
    #[must_use]
    pub const fn missed(&self) -> Option<u64> {
        self.missed
    }

    /// One gap for both.
    #[cfg(feature = "hub")]
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            reason: self.reason.max(other.reason),
            missed: (self.missed.zip(other.missed)).and_then(|(a, b)| a.checked_add(b)),
        }
    }

    /// Reads the data of the event, for who reads a stream without its types; `None` where it is none.
    ///
    /// ```
    /// use sse_runtime::client::{Gap, GapReason};
    ///
    /// let gap = Gap::read(r#"{"reason":"truncated","missed":50}"#);
    /// assert_eq!(gap.map(|gap| gap.reason()), Some(GapReason::Truncated));
    /// assert_eq!(Gap::read("mind it"), None);
    /// ```
    #[cfg(feature = "client")]
    pub fn read(data: &str) -> Option<Self> {
        #[derive(serde::Deserialize)]
        struct Told<'a> {
            #[serde(borrow)]
            reason: std::borrow::Cow<'a, str>,
            /// Whatever a newer server says here, that there is a gap is not to be overheard.
            #[serde(default)]
            missed: serde_json::Value,
        }

        let Told { reason, missed } = serde_json::from_str(data).ok()?;
        let known = [
            GapReason::Truncated,
            GapReason::Ahead,
            GapReason::Reset,
            GapReason::Foreign,
        ];
        let known = known.into_iter().find(|known| known.as_str() == reason);
        let reason = known.unwrap_or(GapReason::Unknown);
        let missed = missed.as_u64();
        Some(Self { reason, missed })
    }

    /// Writes the lines of the event but its id.
    #[cfg(feature = "hub")]
    pub(crate) fn write(self, frame: &mut Frame<'_>) {
        // Invariant: a constant without CR and LF is a name.
        let _ = frame.event(Self::EVENT);
        let reason = self.reason.as_str();
        frame.data(&match self.missed {
            Some(missed) => format!(r#"{{"reason":"{reason}","missed":{missed}}}"#),
            None => format!(r#"{{"reason":"{reason}","missed":null}}"#),
        });
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.reason, self.missed) {
            (GapReason::Truncated, Some(missed)) => {
                write!(f, "{missed} events that came after the given id are gone")
            }
            (GapReason::Truncated, None) => {
                f.write_str("events that came after the given id are gone")
            }
            (GapReason::Ahead, _) => f.write_str("the given id is behind the newest event"),
            (GapReason::Reset, _) => {
                f.write_str("the events that came after the given id are gone with their log")
            }
            (GapReason::Unknown, _) => {
                f.write_str("events that came after the given id are missing")
            }
            (GapReason::Foreign, _) => f.write_str("the given id is none of this stream"),
        }
    }
}
