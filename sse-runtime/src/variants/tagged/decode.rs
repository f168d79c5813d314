//! A value with a tag, of the data: what it says of a tag that it does not know is told from what it
//! says of the rest.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor,
};

use crate::variants::{Failure, path_in};

/// The value whose text in `tag` names its variant.
pub(crate) fn read<T: DeserializeOwned>(tag: &'static str, data: &str) -> Result<T, Failure> {
    let watch = Watch {
        tag,
        seen: RefCell::default(),
        failure: RefCell::default(),
        at_tag: Cell::new(false),
    };
    let mut json = serde_json::Deserializer::from_str(data);
    let value = T::deserialize(Watched {
        json: &mut json,
        watch: &watch,
    });
    let value = value.and_then(|value| json.end().map(|()| value).map_err(de::Error::custom));
    value.map_err(|failure| match failure {
        Failure::UnknownVariant(name) if watch.seen.borrow().may_be(&name) => {
            Failure::UnknownVariant(name)
        }
        failure => Failure::Misfit {
            path: path_in::<T>(data),
            reason: failure.to_string(),
        },
    })
}

/// What became of the tag.
#[derive(Default)]
enum Seen {
    #[default]
    Nothing,
    /// It was asked which variant it is, and that is none.
    Unknown,
    /// It is one of the variants, so that a name which is none is that of something inside.
    Known,
    /// It was put by, to be looked at when all is there.
    Kept(String),
}

impl Seen {
    fn may_be(&self, unknown: &str) -> bool {
        match self {
            Self::Nothing | Self::Known => false,
            Self::Unknown => true,
            Self::Kept(tag) => tag == unknown,
        }
    }
}

struct Watch {
    tag: &'static str,
    seen: RefCell<Seen>,
    /// What a type said that is read within the parser, whose errors are of another kind.
    failure: RefCell<Option<Failure>>,
    at_tag: Cell<bool>,
}

impl Watch {
    /// Carries a failure through the parser.
    fn carry<T, E: de::Error>(&self, result: Result<T, Failure>) -> Result<T, E> {
        result.map_err(|failure| {
            let error = E::custom(&failure);
            self.failure.replace(Some(failure));
            error
        })
    }

    /// Takes it out again, or what the parser itself said.
    fn carried(&self, error: impl fmt::Display) -> Failure {
        let failure = self.failure.take();
        failure.unwrap_or_else(|| de::Error::custom(error))
    }
}

struct Watched<'a, D> {
    json: D,
    watch: &'a Watch,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Watched<'_, D> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Self { json, watch } = self;
        let value = json.deserialize_map(WatchedVisitor { visitor, watch });
        value.map_err(|error| watch.carried(error))
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

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct WatchedVisitor<'a, V> {
    visitor: V,
    watch: &'a Watch,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for WatchedVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = self.watch.tag;
        write!(f, "an object with `{tag}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Self { visitor, watch } = self;
        watch.carry(visitor.visit_map(WatchedMap { map, watch }))
    }
}

struct WatchedMap<'a, A> {
    map: A,
    watch: &'a Watch,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WatchedMap<'_, A> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        let watch = self.watch;
        let key = self.map.next_key_seed(Key { seed, watch });
        key.map_err(|error| watch.carried(error))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let watch = self.watch;
        let value = if watch.at_tag.take() {
            self.map.next_value_seed(Tag { seed, watch })
        } else {
            self.map.next_value_seed(seed)
        };
        value.map_err(|error| watch.carried(error))
    }
}

/// A key, which may be that of the tag.
struct Key<'a, S> {
    seed: S,
    watch: &'a Watch,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Key<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<S::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Key<'_, S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<S::Value, E> {
        let Self { seed, watch } = self;
        watch.at_tag.set(key == watch.tag);
        let key: StrDeserializer<'_, Failure> = key.into_deserializer();
        watch.carry(seed.deserialize(key))
    }
}

/// The text of the tag.
struct Tag<'a, S> {
    seed: S,
    watch: &'a Watch,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Tag<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, tag: D) -> Result<S::Value, D::Error> {
        tag.deserialize_str(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Tag<'_, S> {
    type Value = S::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a variant")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<S::Value, E> {
        let Self { seed, watch } = self;
        watch.seen.replace(Seen::Known);
        let value = seed.deserialize(Asked {
            text,
            seen: &watch.seen,
        });
        if let Err(Failure::UnknownVariant(_)) = value {
            watch.seen.replace(Seen::Unknown);
        }
        watch.carry(value)
    }
}

/// The text of the tag, which learns whether it is taken for a variant or put by.
struct Asked<'a> {
    text: &'a str,
    seen: &'a RefCell<Seen>,
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.seen.replace(Seen::Kept(self.text.to_owned()));
        visitor.visit_str(self.text)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let name: StrDeserializer<'_, Failure> = self.text.into_deserializer();
        visitor.visit_enum(name)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct ignored_any
    }
}
