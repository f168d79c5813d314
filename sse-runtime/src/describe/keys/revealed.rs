//! The keys as serde reveals them, without a value.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};

/// The keys that serde knows for the fields of `P`.
pub(crate) fn of<P: DeserializeOwned>() -> Result<&'static [&'static str], String> {
    match P::deserialize(Probe) {
        Err(Found::Fields(fields)) => Ok(fields),
        Ok(_) | Err(Found::Other) => Err(format!(
            "the payload `{}` is not a struct whose fields serde reveals: use a plain struct that derives \
             `Deserialize`, without `flatten`, `untagged`, `from` or `try_from`",
            std::any::type_name::<P>(),
        )),
    }
}

struct Probe;

/// What a type asked for first. An error, because that ends the deserialisation.
#[derive(Debug)]
enum Found {
    Fields(&'static [&'static str]),
    Other,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("probed")
    }
}

impl std::error::Error for Found {}

impl de::Error for Found {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::Other
    }
}

impl<'de> Deserializer<'de> for Probe {
    type Error = Found;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Found> {
        Err(Found::Other)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Found> {
        Err(Found::Fields(fields))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _visitor: V,
    ) -> Result<V::Value, Found> {
        Err(Found::Fields(&[]))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Found> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        seq tuple tuple_struct map enum identifier ignored_any
    }
}
