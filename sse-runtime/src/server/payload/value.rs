//! A payload being read: its keys, each with a value as text or JSON.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor,
};
use serde_json::value::RawValue;

use super::error::Error;
use super::text::Text;

/// A value with the words that say where it came from.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Value,
    pub(super) place: String,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(Text),
    Json(Box<RawValue>),
}

/// Makes a payload of its entries.
pub(super) fn payload<P: DeserializeOwned>(entries: Vec<Entry>) -> Result<P, Error> {
    P::deserialize(Entries {
        rest: entries.into_iter(),
        current: None,
    })
}

struct Entries {
    rest: std::vec::IntoIter<Entry>,
    current: Option<Entry>,
}

impl<'de> Deserializer<'de> for Entries {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.current = self.rest.next();
        let Some(entry) = &self.current else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, Error> = entry.key.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|error| error.of_field(&entry.key, &entry.place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some(Entry { key, value, place }) = self.current.take() else {
            return Err(Error::Value(
                "a value was asked for before its key".to_owned(),
            ));
        };
        match value {
            Value::Text(text) => seed
                .deserialize(text)
                .map_err(|error| error.of_field(&key, &place)),
            Value::Json(json) => read_json(seed, &json).map_err(|(path, message)| {
                let key = match path.as_str() {
                    "." => key,
                    path if path.starts_with('[') => format!("{key}{path}"),
                    path => format!("{key}.{path}"),
                };
                Error::Value(message).of_field(&key, &place)
            }),
        }
    }
}

/// Reads one field of a JSON body. An error tells the path to what does not fit inside of it.
fn read_json<'de, V: DeserializeSeed<'de>>(
    seed: V,
    json: &RawValue,
) -> Result<V::Value, (String, String)> {
    // From a reader: a payload owns what it holds, so nothing of it may borrow from `json`.
    let mut track = serde_path_to_error::Track::new();
    let mut json = serde_json::Deserializer::from_reader(json.get().as_bytes());
    match seed.deserialize(serde_path_to_error::Deserializer::new(
        &mut json, &mut track,
    )) {
        Ok(value) => Ok(value),
        Err(error) => Err((track.path().to_string(), without_position(&error))),
    }
}

/// The error without "at line 1 column 7": the position is one inside of this field, not in the
/// body, and would mislead.
fn without_position(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message
        .strip_suffix(&position)
        .unwrap_or(&message)
        .to_owned()
}
