//! The line of an id or an event name, written straight into the buffer.

use std::fmt;

use super::scalar::{Error, TakeText};
use crate::wire::Role;
use crate::wire::text::{refused_in_id, refused_in_name};

/// Appends the text as a line, or nothing where it does not fit on one.
pub(super) struct Line<'a> {
    pub(super) out: &'a mut Vec<u8>,
    /// [`Role::Id`] or [`Role::Event`].
    pub(super) role: Role,
}

impl Line<'_> {
    #[inline]
    fn field(&self) -> &'static [u8] {
        match self.role {
            Role::Id => b"id: ",
            _ => b"event: ",
        }
    }

    #[inline]
    fn write(self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>) -> Result<(), Error> {
        let start = self.out.len();
        self.out.extend_from_slice(self.field());
        let text = self.out.len();
        let written = write(self.out).and_then(|()| {
            let text = self.out.get(text..).unwrap_or_default();
            let refused = match self.role {
                Role::Id => refused_in_id(text),
                _ => refused_in_name(text),
            };
            refused.map_or(Ok(()), |at| Err(Error::text(self.role, text, at)))
        });
        match written {
            Ok(()) => self.out.push(b'\n'),
            Err(_) => self.out.truncate(start),
        }
        written
    }
}

impl TakeText for Line<'_> {
    #[inline]
    fn role(&self) -> Role {
        self.role
    }

    #[inline]
    fn take_str(self, text: &str) -> Result<(), Error> {
        self.write(|out| {
            out.extend_from_slice(text.as_bytes());
            Ok(())
        })
    }

    /// Digits need no check.
    #[inline]
    fn take_integer<I: itoa::Integer>(self, value: I) {
        self.out.extend_from_slice(self.field());
        self.out
            .extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self.out.push(b'\n');
    }

    fn take_display<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.write(|out| {
            fmt::write(&mut Verbatim(out), format_args!("{value}"))
                .map_err(|fmt::Error| Error::format_failed())
        })
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
