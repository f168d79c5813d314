//! Values as text: for path, query, headers and cookies.

use std::fmt::Display;

use serde::ser::{
    Impossible, Serialize, SerializeSeq, SerializeTuple, SerializeTupleStruct, Serializer,
};

use super::error::{RequestError, RequestErrorKind};

/// The texts of `value`: none for `None`, one for a scalar, one for each value of a list.
pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Result<Vec<String>, RequestError> {
    let mut texts = Vec::new();
    value.serialize(Texts {
        texts: &mut texts,
        in_list: false,
    })?;
    Ok(texts)
}

struct Texts<'a> {
    texts: &'a mut Vec<String>,
    in_list: bool,
}

impl Texts<'_> {
    fn add(self, text: impl Display) -> Result<(), RequestError> {
        self.texts.push(text.to_string());
        Ok(())
    }

    fn list(self) -> Result<Self, RequestError> {
        if self.in_list {
            return nested("a list in a list");
        }
        Ok(Self {
            in_list: true,
            ..self
        })
    }
}

fn nested<T>(kind: &'static str) -> Result<T, RequestError> {
    Err(RequestError::new(RequestErrorKind::Nested(kind)))
}

macro_rules! scalars {
    ($($method:ident($ty:ty))*) => {$(
        fn $method(self, value: $ty) -> Result<(), RequestError> {
            self.add(value)
        }
    )*};
}

impl<'a> Serializer for Texts<'a> {
    type Ok = ();
    type Error = RequestError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Impossible<(), RequestError>;
    type SerializeMap = Impossible<(), RequestError>;
    type SerializeStruct = Impossible<(), RequestError>;
    type SerializeStructVariant = Impossible<(), RequestError>;

    scalars! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_u128(u128) serialize_f32(f32) serialize_f64(f64) serialize_char(char) serialize_str(&str)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), RequestError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.add(text),
            Err(_) => nested("a sequence of bytes"),
        }
    }

    fn serialize_none(self) -> Result<(), RequestError> {
        // Left out of a list, it would shift what follows.
        if self.in_list {
            return nested("`None` in a list");
        }
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), RequestError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), RequestError> {
        self.add("")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), RequestError> {
        self.add("")
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), RequestError> {
        self.add(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), RequestError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), RequestError> {
        nested("an enum with contents")
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self, RequestError> {
        self.list()
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self, RequestError> {
        self.list()
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Self, RequestError> {
        self.list()
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, RequestError> {
        nested("an enum with contents")
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap, RequestError> {
        nested("a map")
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStruct, RequestError> {
        nested("a struct")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant, RequestError> {
        nested("an enum with contents")
    }
}

impl Texts<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RequestError> {
        value.serialize(Texts {
            texts: self.texts,
            in_list: true,
        })
    }
}

macro_rules! lists {
    ($($list:ident $method:ident)*) => {$(
        impl $list for Texts<'_> {
            type Ok = ();
            type Error = RequestError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RequestError> {
                self.element(value)
            }

            fn end(self) -> Result<(), RequestError> {
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
}
