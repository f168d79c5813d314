//! Why an event could not be written.

use std::fmt;

use crate::wire::{InvalidText, Role};

/// An event could not be written: says which role failed and why. Nothing of the event is on the
/// wire.
///
/// ```
/// use sse_runtime::wire::{Frame, Role};
///
/// let mut stream = Vec::new();
/// let error = Frame::new(&mut stream).id_scalar(&0.5).unwrap_err();
/// assert_eq!(error.role(), Role::Id);
/// assert_eq!(error.to_string(), "a float cannot be an event id; use a string or an integer");
/// assert!(stream.is_empty());
/// ```
// Boxed: errors are rare, and every line written returns one of these or nothing.
#[derive(Debug)]
pub struct EncodeError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    role: Role,
    kind: EncodeErrorKind,
}

pub(super) const FORMAT_FAILED: &str = "formatting it returned an error";

/// What went wrong in an [`EncodeError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The text of an id or an event name does not fit on one line.
    Text(InvalidText),
    /// A value of this kind (`"a float"`, say) has no text that could be an id, an event name or a key.
    Type(&'static str),
    /// The data has no JSON form, or its `Serialize` failed.
    Json(serde_json::Error),
    /// What the value's own code said.
    Custom(String),
}

impl EncodeError {
    /// An error of a user's own encoder.
    ///
    /// ```
    /// use sse_runtime::wire::{EncodeError, Role};
    ///
    /// let error = EncodeError::custom(Role::Data, "template `row` is missing");
    /// assert_eq!(error.to_string(), "event data cannot be written: template `row` is missing");
    /// ```
    #[cold]
    pub fn custom(role: Role, message: impl fmt::Display) -> Self {
        Self::new(role, EncodeErrorKind::Custom(message.to_string()))
    }

    #[cold]
    pub(super) fn new(role: Role, kind: EncodeErrorKind) -> Self {
        Self(Box::new(Inner { role, kind }))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn text(role: Role, text: &[u8], position: usize) -> Self {
        Self::new(
            role,
            EncodeErrorKind::Text(InvalidText::new(role, text, position)),
        )
    }

    #[cold]
    pub(in crate::wire) fn json(error: serde_json::Error) -> Self {
        Self::new(Role::Data, EncodeErrorKind::Json(error))
    }

    /// Which part of the event could not be written.
    pub fn role(&self) -> Role {
        self.0.role
    }

    /// Why.
    pub fn kind(&self) -> &EncodeErrorKind {
        &self.0.kind
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = self.0.role;
        match &self.0.kind {
            EncodeErrorKind::Text(error) => error.fmt(f),
            EncodeErrorKind::Type(what) => {
                write!(f, "{what} cannot be an {role}; use a string or an integer")
            }
            EncodeErrorKind::Json(_) => write!(f, "{role} cannot be written as JSON"),
            EncodeErrorKind::Custom(message) => write!(f, "{role} cannot be written: {message}"),
        }
    }
}

impl std::error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            EncodeErrorKind::Json(error) => Some(error),
            EncodeErrorKind::Text(_) | EncodeErrorKind::Type(_) | EncodeErrorKind::Custom(_) => {
                None
            }
        }
    }
}
