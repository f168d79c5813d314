//! The line of an id or an event name, whose text has to stay on it.

use std::fmt;
use std::marker::PhantomData;

use super::error::FORMAT_FAILED;
use super::scalar::TakeText;
use super::{EncodeError, Frame};
use crate::wire::Role;
use crate::wire::text::{refused_in_id, refused_in_name};

/// Which line a text is for. A type, so that each is compiled for itself; a trait, so that who
/// reserves a text can say so where it is checked.
pub(crate) trait Line {
    const ROLE: Role;
    /// What comes before the text.
    const FIELD: &'static [u8];

    /// Refuses a text that this line cannot hold.
    fn check(text: &[u8]) -> Result<(), EncodeError>;
}

pub(crate) enum IdLine {}

impl Line for IdLine {
    const ROLE: Role = Role::Id;
    const FIELD: &'static [u8] = b"id: ";

    #[inline]
    fn check(text: &[u8]) -> Result<(), EncodeError> {
        match refused_in_id(text) {
            None => Ok(()),
            Some(at) => Err(EncodeError::text(Self::ROLE, text, at)),
        }
    }
}

pub(crate) enum NameLine {}

impl Line for NameLine {
    const ROLE: Role = Role::Event;
    const FIELD: &'static [u8] = b"event: ";

    // Always: the check of a literal is then done at compile time.
    #[inline(always)]
    fn check(text: &[u8]) -> Result<(), EncodeError> {
        match refused_in_name(text) {
            None => Ok(()),
            Some(at) => Err(EncodeError::text(Self::ROLE, text, at)),
        }
    }
}

/// Writes a text straight into the buffer, as the line `L` of a frame.
pub(super) struct LineOf<'a, 'f, L>(&'a mut Frame<'f>, PhantomData<L>);

impl<'a, 'f, L: Line> LineOf<'a, 'f, L> {
    #[inline]
    pub(super) fn new(frame: &'a mut Frame<'f>) -> Self {
        Self(frame, PhantomData)
    }
}

impl<L: Line> TakeText for LineOf<'_, '_, L> {
    const ROLE: Role = L::ROLE;

    #[inline]
    fn take_str(self, text: &str) -> Result<(), EncodeError> {
        self.0.text::<L>(text)
    }

    /// Digits need no check.
    #[inline]
    fn take_integer<I: itoa::Integer>(self, value: I) {
        self.0
            .checked::<L>(itoa::Buffer::new().format(value).as_bytes());
    }

    fn take_display<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        let out = &mut *self.0.out;
        let start = out.len();
        out.extend_from_slice(L::FIELD);
        let text = out.len();
        let checked = match fmt::write(&mut Verbatim(out), format_args!("{value}")) {
            Ok(()) => L::check(out.get(text..).unwrap_or_default()),
            Err(fmt::Error) => Err(EncodeError::custom(L::ROLE, FORMAT_FAILED)),
        };
        match checked {
            Ok(()) => self.0.end_text::<L>(),
            Err(_) => out.truncate(start),
        }
        checked
    }
}

/// `io::Write` would panic on a `Display` that returns an error.
struct Verbatim<'a>(&'a mut Vec<u8>);

impl fmt::Write for Verbatim<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
