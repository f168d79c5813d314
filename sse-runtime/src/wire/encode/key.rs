//! What an event is about. It is never on the wire, so any text will do.

use std::fmt;

use serde::Serialize;

use super::EncodeError;
use super::error::FORMAT_FAILED;
use super::scalar::{self, TakeText};
use crate::wire::Role;

/// Appends the text of a scalar to `key`; false, and nothing is appended, where that is `None`.
pub(crate) fn key_scalar<T: Serialize + ?Sized>(
    key: &mut String,
    value: &T,
) -> Result<bool, EncodeError> {
    scalar::read(value, key)
}

/// Appends what `value` displays to `key`.
pub(crate) fn key_display<T: fmt::Display + ?Sized>(
    key: &mut String,
    value: &T,
) -> Result<(), EncodeError> {
    key.take_display(value)
}

impl TakeText for &mut String {
    const ROLE: Role = Role::Key;

    fn take_str(self, text: &str) -> Result<(), EncodeError> {
        self.push_str(text);
        Ok(())
    }

    fn take_integer<I: itoa::Integer>(self, value: I) {
        self.push_str(itoa::Buffer::new().format(value));
    }

    fn take_display<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        let start = self.len();
        fmt::write(self, format_args!("{value}")).map_err(|fmt::Error| {
            self.truncate(start);
            EncodeError::custom(Self::ROLE, FORMAT_FAILED)
        })
    }
}
