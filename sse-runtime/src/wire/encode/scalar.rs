//! Reads an id or an event name through serde: the text of one line, written straight into the
//! buffer.
//!
//! Through serde, so that `#[derive(Serialize)] struct Seq(u64)` is an id, and an enum of unit
//! variants is a name with its serde renames.

use std::fmt;

use serde::ser::{self, Impossible, Serialize};

use super::error::FORMAT_FAILED;
use super::{EncodeError, EncodeErrorKind};
use crate::wire::text::{refused_in_id, refused_in_name};
use crate::wire::{InvalidText, Role};

/// Appends the line of `value`; false where it is `None`, which has no line.
#[inline]
pub(super) fn write<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    role: Role,
    value: &T,
) -> Result<bool, EncodeError> {
    value
        .serialize(Scalar { out, role })
        .map_err(|error| error.in_role(role))
}

/// Appends the line of what `value` displays.
pub(super) fn write_display<T: fmt::Display + ?Sized>(
    out: &mut Vec<u8>,
    role: Role,
    value: &T,
) -> Result<bool, EncodeError> {
    Scalar { out, role }
        .display(value)
        .map_err(|error| error.in_role(role))
}

struct Scalar<'a> {
    out: &'a mut Vec<u8>,
    role: Role,
}

impl Scalar<'_> {
    #[inline]
    fn field(&self) -> &'static [u8] {
        match self.role {
            Role::Id => b"id: ",
            _ => b"event: ",
        }
    }

    /// Appends what `write` writes as one line, or nothing where that does not fit on one.
    #[inline]
    fn line(self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>) -> Result<bool, Error> {
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
            Ok(()) => {
                self.out.push(b'\n');
                Ok(true)
            }
            Err(error) => {
                self.out.truncate(start);
                Err(error)
            }
        }
    }

    /// Digits need no check.
    #[inline]
    fn integer<I: itoa::Integer>(self, value: I) -> Result<bool, Error> {
        self.out.extend_from_slice(self.field());
        self.out
            .extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        self.out.push(b'\n');
        Ok(true)
    }

    fn display<T: fmt::Display + ?Sized>(self, value: &T) -> Result<bool, Error> {
        self.line(|out| {
            fmt::write(&mut Verbatim(out), format_args!("{value}"))
                .map_err(|fmt::Error| ser::Error::custom(FORMAT_FAILED))
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

macro_rules! integers {
    ($($method:ident: $integer:ty),*) => {$(
        #[inline]
        fn $method(self, value: $integer) -> Result<bool, Error> {
            self.integer(value)
        }
    )*};
}

macro_rules! refused {
    ($($method:ident($($argument:ty),*) -> $ok:ty: $what:expr;)*) => {$(
        #[cold]
        fn $method(self, $(_: $argument),*) -> Result<$ok, Error> {
            Err(Error::refused($what))
        }
    )*};
}

type Never = Impossible<bool, Error>;

impl ser::Serializer for Scalar<'_> {
    /// Whether there is a line.
    type Ok = bool;
    type Error = Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<bool, Error> {
        self.line(|out| {
            out.extend_from_slice(value.as_bytes());
            Ok(())
        })
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<bool, Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<bool, Error> {
        self.display(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<bool, Error> {
        Ok(false)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<bool, Error> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<bool, Error> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<bool, Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<bool, Error> {
        Err(Error::refused(CONTENT))
    }

    refused! {
        serialize_bool(bool) -> bool: "a boolean";
        serialize_f32(f32) -> bool: "a float";
        serialize_f64(f64) -> bool: "a float";
        serialize_bytes(&[u8]) -> bool: "a byte string";
        serialize_unit() -> bool: "a unit";
        serialize_unit_struct(&'static str) -> bool: "a unit struct";
        serialize_seq(Option<usize>) -> Never: "a sequence";
        serialize_tuple(usize) -> Never: "a tuple";
        serialize_tuple_struct(&'static str, usize) -> Never: "a tuple struct";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never: CONTENT;
        serialize_map(Option<usize>) -> Never: "a map";
        serialize_struct(&'static str, usize) -> Never: "a struct with named fields";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never: CONTENT;
    }
}

const CONTENT: &str = "an enum variant with content";

/// What serde hands through; the role is added outside, since `custom` cannot know it.
#[derive(Debug)]
struct Error(Box<EncodeErrorKind>);

impl Error {
    #[cold]
    fn refused(what: &'static str) -> Self {
        Self(Box::new(EncodeErrorKind::Type(what)))
    }

    #[cold]
    #[inline(never)]
    fn text(role: Role, text: &[u8], position: usize) -> Self {
        Self(Box::new(EncodeErrorKind::Text(InvalidText::new(
            role, text, position,
        ))))
    }

    #[cold]
    fn in_role(self, role: Role) -> EncodeError {
        EncodeError::new(role, *self.0)
    }
}

impl ser::Error for Error {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(EncodeErrorKind::Custom(message.to_string())))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {}
