use std::fmt;

use serde::de;

use crate::excerpt::excerpt;
use crate::problem::Problem;

/// A value of the user's is quoted up to this many characters.
const EXCERPT: usize = 64;
/// What serde says may quote a value whole, so it is cut after this many.
const MESSAGE: usize = 320;

/// Why a payload could not be read.
#[derive(Debug)]
pub(super) enum Error {
    /// A field is not there.
    Missing(&'static str),
    /// A value does not fit; where it came from is added on the way out.
    Value(String),
    /// Field, source and reason are told.
    Told(String),
}

impl Error {
    /// Adds the field and its source, unless they are known.
    pub(super) fn of_field(self, key: &str, place: &str) -> Self {
        match self {
            Self::Told(message) => Self::Told(message),
            other => {
                let (key, reason) = (quoted(key), told(&other));
                Self::Told(format!("field `{key}` ({place}): {reason}"))
            }
        }
    }

    pub(super) fn into_problem(self, place: impl FnOnce(&str) -> String) -> Problem {
        Problem::bad_request(match self {
            Self::Missing(field) => format!("field `{field}` ({}): it is missing", place(field)),
            Self::Told(message) => message,
            Self::Value(message) => told(&message),
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(f, "field `{field}` is missing"),
            Self::Value(message) | Self::Told(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

/// A value, short enough to be quoted.
pub(super) fn quoted(text: &str) -> String {
    excerpt(text, EXCERPT)
}

/// What a library says, short enough to be shown.
pub(super) fn told(message: &dyn fmt::Display) -> String {
    excerpt(&message.to_string(), MESSAGE)
}
