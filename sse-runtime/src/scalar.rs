//! One text as a value: an id, a name, a path parameter, a value of a query.

use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};

use crate::excerpt::excerpt;

/// A value is quoted up to this many characters.
const EXCERPT: usize = 64;

/// A text to deserialise: a number is read from it where the type asks for one.
pub(crate) struct Scalar<'a, E> {
    text: &'a str,
    error: PhantomData<fn() -> E>,
}

impl<'a, E: de::Error> Scalar<'a, E> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            error: PhantomData,
        }
    }

    fn parsed<'de, V: Visitor<'de>, T: std::str::FromStr>(&self, visitor: &V) -> Result<T, E> {
        self.text.parse().map_err(|_| self.invalid(visitor))
    }

    fn invalid<'de, V: Visitor<'de>>(&self, visitor: &V) -> E {
        E::invalid_value(Unexpected::Str(&excerpt(self.text, EXCERPT)), visitor)
    }
}

macro_rules! parse {
    ($($method:ident $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            let value = self.parsed(&visitor)?;
            visitor.$visit(value)
        }
    )*};
}

impl<'de, E: de::Error> Deserializer<'de> for Scalar<'_, E> {
    type Error = E;

    parse! {
        deserialize_bool visit_bool
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_i128 visit_i128
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
        deserialize_u128 visit_u128
        deserialize_f32 visit_f32
        deserialize_f64 visit_f64
        deserialize_char visit_char
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_str(self.text)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_bytes(self.text.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_bytes(self.text.as_bytes())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        let text: StrDeserializer<'_, E> = self.text.into_deserializer();
        visitor.visit_enum(text)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.text {
            "" => visitor.visit_unit(),
            _ => Err(self.invalid(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { str string seq tuple tuple_struct map struct identifier }
}
