//! Why an enum with named events could not be read.

use std::fmt;

use serde::de::{self, DeserializeOwned};
use serde_path_to_error::Segment;

#[derive(Debug)]
pub(crate) enum Failure {
    /// No variant has this name.
    UnknownVariant(String),
    /// What is in a variant does not fit it.
    Misfit {
        path: Option<String>,
        reason: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVariant(name) => write!(f, "unknown variant `{name}`"),
            Self::Misfit { reason, .. } => f.write_str(reason),
        }
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Misfit {
            path: None,
            reason: message.to_string(),
        }
    }

    fn unknown_variant(variant: &str, _expected: &'static [&'static str]) -> Self {
        Self::UnknownVariant(variant.to_owned())
    }
}

/// Where in `json` it is that does not fit `T`. It is read once more for that, as to keep a path at
/// hand costs more than all the rest.
#[cold]
pub(crate) fn path_in<T: DeserializeOwned>(json: &str) -> Option<String> {
    let mut json = serde_json::Deserializer::from_str(json);
    let error = serde_path_to_error::deserialize::<_, T>(&mut json).err()?;
    named(error.path())
}

/// The path, unless it is that of the whole.
pub(super) fn named<'a>(path: impl IntoIterator<Item = &'a Segment>) -> Option<String> {
    let mut named = String::new();
    for segment in path {
        let dot = if named.is_empty() { "" } else { "." };
        named += &match segment {
            Segment::Seq { index } => format!("[{index}]"),
            Segment::Map { key } => format!("{dot}{key}"),
            Segment::Enum { variant } => format!("{dot}{variant}"),
            Segment::Unknown => format!("{dot}?"),
        };
    }
    (!named.is_empty()).then_some(named)
}
