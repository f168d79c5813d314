//! Reads a value through serde as the text of a scalar: of an id, an event name or a key.
//!
//! Through serde, so that `#[derive(Serialize)] struct Seq(u64)` is an id, and an enum of unit
//! variants is a name with its serde renames.

use std::fmt;

use serde::ser::{self, Impossible, Serialize};

use super::error::FORMAT_FAILED;
use super::{EncodeError, EncodeErrorKind};
use crate::wire::{InvalidText, Role};

/// What takes the text of a scalar. Where it refuses it, it has taken nothing.
pub(super) trait TakeText: Sized {
    fn role(&self) -> Role;

    fn take_str(self, text: &str) -> Result<(), Error>;

    /// As [`take_str`](Self::take_str) of the digits.
    fn take_integer<I: itoa::Integer>(self, value: I);

    fn take_display<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), Error>;
}

/// Gives the text of `value` to `taker`; false where it is `None`, which has no text.
#[inline]
pub(super) fn read<T: Serialize + ?Sized>(
    value: &T,
    taker: impl TakeText,
) -> Result<bool, EncodeError> {
    let role = taker.role();
    value
        .serialize(Scalar(taker))
        .map_err(|error| error.in_role(role))
}

/// Gives what `value` displays to `taker`.
pub(super) fn read_display<T: fmt::Display + ?Sized>(
    value: &T,
    taker: impl TakeText,
) -> Result<(), EncodeError> {
    let role = taker.role();
    taker
        .take_display(value)
        .map_err(|error| error.in_role(role))
}

struct Scalar<T>(T);

macro_rules! integers {
    ($($method:ident: $integer:ty),*) => {$(
        #[inline]
        fn $method(self, value: $integer) -> Result<bool, Error> {
            self.0.take_integer(value);
            Ok(true)
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

impl<T: TakeText> ser::Serializer for Scalar<T> {
    /// Whether there is a text.
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
        self.0.take_str(value)?;
        Ok(true)
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<bool, Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn collect_str<V: fmt::Display + ?Sized>(self, value: &V) -> Result<bool, Error> {
        self.0.take_display(value)?;
        Ok(true)
    }

    #[inline]
    fn serialize_none(self) -> Result<bool, Error> {
        Ok(false)
    }

    #[inline]
    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<bool, Error> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &V,
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

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &V,
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
pub(super) struct Error(Box<EncodeErrorKind>);

impl Error {
    #[cold]
    fn refused(what: &'static str) -> Self {
        Self(Box::new(EncodeErrorKind::Type(what)))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn text(role: Role, text: &[u8], position: usize) -> Self {
        Self(Box::new(EncodeErrorKind::Text(InvalidText::new(
            role, text, position,
        ))))
    }

    #[cold]
    pub(super) fn format_failed() -> Self {
        ser::Error::custom(FORMAT_FAILED)
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
