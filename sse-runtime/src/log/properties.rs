//! What an engine says about itself.

use std::fmt;

/// What an engine may lack. All else that [`EventLog`](super::EventLog) says, every engine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Property {
    /// The records of a channel are numbered without a hole.
    DenseIds,
    /// [`Standing::Truncated`](super::Standing::Truncated) says how many were missed, as long as the
    /// log has not forgotten the channel.
    ExactMissed,
    /// [`EventLog::signal`](super::EventLog::signal) reaches who watches.
    Signals,
    /// [`EventLog::append_if`](super::EventLog::append_if) appends.
    Conditions,
}

impl Property {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::DenseIds,
        Self::ExactMissed,
        Self::Signals,
        Self::Conditions,
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DenseIds => "dense ids",
            Self::ExactMissed => "an exact count of what was missed",
            Self::Signals => "signals",
            Self::Conditions => "conditions",
        })
    }
}

/// The properties that an engine has.
///
/// ```
/// use sse_runtime::log::{Properties, Property};
///
/// const SPARSE: Properties = Properties::ALL
///     .without(Property::DenseIds)
///     .without(Property::ExactMissed);
/// assert!(!SPARSE.has(Property::DenseIds));
/// assert!(SPARSE.has(Property::Signals));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Properties {
    lacking: u8,
}

impl Properties {
    /// An engine that lacks nothing.
    pub const ALL: Self = Self { lacking: 0 };

    /// The same, but without `property`.
    #[must_use]
    pub const fn without(self, property: Property) -> Self {
        Self {
            lacking: self.lacking | property.bit(),
        }
    }

    /// Whether the engine has it.
    #[must_use]
    pub const fn has(self, property: Property) -> bool {
        self.lacking & property.bit() == 0
    }
}

impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = Property::ALL.into_iter().filter(|it| self.has(*it));
        f.debug_set().entries(has).finish()
    }
}

/// Whether an engine can do its work now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// It can.
    Serving,
    /// It cannot, or not all of it. Subscribers stay and catch up when it can again.
    Impaired {
        /// What is wrong, for an operator.
        reason: String,
    },
}

impl Health {
    /// Why it is [impaired](Self::Impaired), where it is.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Serving => None,
            Self::Impaired { reason } => Some(reason),
        }
    }
}
