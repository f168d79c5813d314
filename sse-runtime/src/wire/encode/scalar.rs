//! Reads a value through serde as the text of a scalar: of an id, an event name or a key.
//!
//! Through serde, so that `#[derive(Serialize)] struct Seq(u64)` is an id, and an enum of unit
//! variants is a name with its serde renames.

use std::fmt;
use std::marker::PhantomData;

use serde::ser::{self, Impossible, Serialize};

use super::{EncodeError, EncodeErrorKind};
use crate::wire::Role;

/// What takes the text of a scalar. Where it refuses it, it has taken nothing.
pub(super) trait TakeText: Sized {
    const ROLE: Role;

    fn take_str(self, text: &str) -> Result<(), EncodeError>;

    /// As [`take_str`](Self::take_str) of the digits.
    fn take_integer<I: itoa::Integer>(self, value: I);

    fn take_display<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), EncodeError>;
}

/// Gives the text of `value` to `taker`; false where it is `None`, which has no text.
#[inline]
pub(super) fn read<T: Serialize + ?Sized, K: TakeText>(
    value: &T,
    taker: K,
) -> Result<bool, EncodeError> {
    value.serialize(Scalar(taker)).map_err(|error| error.0)
}

struct Scalar<T>(T);

macro_rules! integers {
    ($($method:ident: $integer:ty),*) => {$(
        #[inline]
        fn $method(self, value: $integer) -> Result<bool, Error<T>> {
            self.0.take_integer(value);
            Ok(true)
        }
    )*};
}

macro_rules! refused {
    ($($method:ident($($argument:ty),*) -> $ok:ty: $what:expr;)*) => {$(
        #[cold]
        fn $method(self, $(_: $argument),*) -> Result<$ok, Error<T>> {
            Err(Error::refused($what))
        }
    )*};
}

type Never<T> = Impossible<bool, Error<T>>;

impl<T: TakeText> ser::Serializer for Scalar<T> {
    /// Whether there is a text.
    type Ok = bool;
    type Error = Error<T>;
    type SerializeSeq = Never<T>;
    type SerializeTuple = Never<T>;
    type SerializeTupleStruct = Never<T>;
    type SerializeTupleVariant = Never<T>;
    type SerializeMap = Never<T>;
    type SerializeStruct = Never<T>;
    type SerializeStructVariant = Never<T>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<bool, Error<T>> {
        self.0.take_str(value)?;
        Ok(true)
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<bool, Error<T>> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn collect_str<V: fmt::Display + ?Sized>(self, value: &V) -> Result<bool, Error<T>> {
        self.0.take_display(value)?;
        Ok(true)
    }

    #[inline]
    fn serialize_none(self) -> Result<bool, Error<T>> {
        Ok(false)
    }

    #[inline]
    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<bool, Error<T>> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &V,
    ) -> Result<bool, Error<T>> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<bool, Error<T>> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &V,
    ) -> Result<bool, Error<T>> {
        Err(Error::refused(CONTENT))
    }

    refused! {
        serialize_bool(bool) -> bool: "a boolean";
        serialize_f32(f32) -> bool: "a float";
        serialize_f64(f64) -> bool: "a float";
        serialize_bytes(&[u8]) -> bool: "a byte string";
        serialize_unit() -> bool: "a unit";
        serialize_unit_struct(&'static str) -> bool: "a unit struct";
        serialize_seq(Option<usize>) -> Never<T>: "a sequence";
        serialize_tuple(usize) -> Never<T>: "a tuple";
        serialize_tuple_struct(&'static str, usize) -> Never<T>: "a tuple struct";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never<T>: CONTENT;
        serialize_map(Option<usize>) -> Never<T>: "a map";
        serialize_struct(&'static str, usize) -> Never<T>: "a struct with named fields";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never<T>: CONTENT;
    }
}

const CONTENT: &str = "an enum variant with content";

/// An [`EncodeError`] of the role of `T`, since what serde calls to make one is told none.
struct Error<T>(EncodeError, PhantomData<T>);

impl<T: TakeText> Error<T> {
    #[cold]
    fn refused(what: &'static str) -> Self {
        EncodeError::new(T::ROLE, EncodeErrorKind::Type(what)).into()
    }
}

impl<T> From<EncodeError> for Error<T> {
    fn from(error: EncodeError) -> Self {
        Self(error, PhantomData)
    }
}

impl<T: TakeText> ser::Error for Error<T> {
    #[cold]
    fn custom<M: fmt::Display>(message: M) -> Self {
        EncodeError::custom(T::ROLE, message).into()
    }
}

impl<T> fmt::Debug for Error<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<T> fmt::Display for Error<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<T> std::error::Error for Error<T> {}
