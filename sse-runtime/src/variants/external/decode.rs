//! An externally tagged enum, of its name and what is in it.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    VariantAccess, Visitor,
};
use serde_json::de::StrRead;
use serde_path_to_error::Segment;

use crate::variants::Failure;
use crate::variants::failure::named;

const REFUSAL: &str = "it does not deserialise as an externally tagged enum; \
                       for `#[serde(tag = \"…\")]` write `variants = \"…\"` with that tag";

/// The enum whose variant is `name`, with what `data` has in it.
pub(crate) fn read<T: DeserializeOwned>(name: &str, data: &str) -> Result<T, Failure> {
    let variant = Variant { name, data };
    match T::deserialize(variant) {
        Err(Failure::Misfit { path, reason }) => Err(Failure::Misfit {
            path: path.or_else(|| path_in::<T>(variant)),
            reason,
        }),
        read => read,
    }
}

/// Where in the data it is that does not fit.
#[cold]
fn path_in<T: DeserializeOwned>(variant: Variant<'_>) -> Option<String> {
    let error = serde_path_to_error::deserialize::<_, T>(variant).err()?;
    let in_data = error.path().iter();
    named(in_data.skip_while(|segment| matches!(segment, Segment::Enum { .. })))
}

#[derive(Clone, Copy)]
struct Variant<'a> {
    name: &'a str,
    data: &'a str,
}

impl<'a> Variant<'a> {
    /// Reads what is in the variant: all that there is.
    fn content<T>(
        self,
        read: impl FnOnce(&mut serde_json::Deserializer<StrRead<'a>>) -> serde_json::Result<T>,
    ) -> Result<T, Failure> {
        let mut json = serde_json::Deserializer::from_str(self.data);
        let content = read(&mut json).and_then(|content| json.end().map(|()| content));
        content.map_err(Failure::custom)
    }
}

impl<'de> Deserializer<'de> for Variant<'de> {
    type Error = Failure;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Failure> {
        Err(Failure::custom(REFUSAL))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let name: StrDeserializer<'_, Failure> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Failure;

    /// There is nothing in it that could not fit, and `#[serde(other)]` takes what there is.
    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.content(|json| seed.deserialize(json))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.content(|json| json.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.content(|json| json.deserialize_struct("", fields, visitor))
    }
}
