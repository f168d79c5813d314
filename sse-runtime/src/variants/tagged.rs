//! Internally and adjacently tagged enums, and structs with one of them flattened in: the tag is the
//! name, the whole value the data.

#[cfg(any(feature = "client", feature = "server"))]
mod decode;

use std::cell::RefCell;
use std::fmt;

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};

use super::{refuse, refuse_scalars};
use crate::wire::{EncodeError, Role};

#[cfg(any(feature = "client", feature = "server"))]
pub(crate) use decode::read;

/// A value that looks at its own tag while it is serialised.
pub(crate) struct Tagged<'a, T: ?Sized> {
    tag: &'static str,
    value: &'a T,
    name: RefCell<Option<String>>,
}

impl<'a, T: ?Sized> Tagged<'a, T> {
    pub(crate) fn new(tag: &'static str, value: &'a T) -> Self {
        Self {
            tag,
            value,
            name: RefCell::new(None),
        }
    }

    /// The tag that was seen.
    pub(crate) fn into_name(self) -> Result<String, EncodeError> {
        self.name.into_inner().ok_or_else(|| {
            let tag = self.tag;
            EncodeError::custom(
                Role::Event,
                format_args!(
                    "it has no text in `{tag}`, which `variants = \"{tag}\"` takes for its name"
                ),
            )
        })
    }
}

impl<T: Serialize + ?Sized> Serialize for Tagged<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Watched {
            inner: serializer,
            watch: Watch {
                tag: self.tag,
                name: &self.name,
            },
        })
    }
}

#[derive(Clone, Copy)]
struct Watch<'a> {
    tag: &'static str,
    name: &'a RefCell<Option<String>>,
}

impl Watch<'_> {
    fn see<T: Serialize + ?Sized>(&self, key: &str, value: &T) {
        if key == self.tag
            && let Ok(text) = value.serialize(TextOf)
        {
            self.name.replace(Some(text));
        }
    }

    fn refusal<E: ser::Error>(&self) -> E {
        let tag = self.tag;
        E::custom(format_args!(
            "it does not serialise as an object with `{tag}`; for an enum without `#[serde(tag = \"{tag}\")]` write \
             `variants` alone"
        ))
    }
}

struct Watched<'a, S> {
    inner: S,
    watch: Watch<'a>,
}

impl<'a, S: Serializer> Serializer for Watched<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = Impossible<S::Ok, S::Error>;
    type SerializeMap = WatchedMap<'a, S::SerializeMap>;
    type SerializeStruct = Watched<'a, S::SerializeStruct>;
    type SerializeStructVariant = Impossible<S::Ok, S::Error>;

    refuse_scalars! { S::Ok, S::Error, |this| this.watch.refusal() }
    refuse! { S::Ok, S::Error, |this| this.watch.refusal();
        serialize_unit_variant(&'static str, u32, &'static str)
    }
    refuse! { Impossible<S::Ok, S::Error>, S::Error, |this| this.watch.refusal();
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
        serialize_struct_variant(&'static str, u32, &'static str, usize)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        Err(self.watch.refusal())
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        let Self { inner, watch } = self;
        Ok(WatchedMap {
            inner: inner.serialize_map(len)?,
            watch,
            at_tag: false,
        })
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let Self { inner, watch } = self;
        Ok(Watched {
            inner: inner.serialize_struct(name, len)?,
            watch,
        })
    }
}

impl<S: SerializeStruct> SerializeStruct for Watched<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        self.watch.see(key, value);
        self.inner.serialize_field(key, value)
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), S::Error> {
        self.inner.skip_field(key)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

struct WatchedMap<'a, S> {
    inner: S,
    watch: Watch<'a>,
    /// Whether the value that comes next is the tag's.
    at_tag: bool,
}

impl<S: SerializeMap> SerializeMap for WatchedMap<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.at_tag = key.serialize(TextOf).is_ok_and(|key| key == self.watch.tag);
        self.inner.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        if self.at_tag {
            self.watch.see(self.watch.tag, value);
        }
        self.inner.serialize_value(value)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

/// The text of a string or a unit variant; anything else has none.
struct TextOf;

#[derive(Debug)]
struct NotText;

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a text")
    }
}

impl std::error::Error for NotText {}

impl ser::Error for NotText {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}

impl Serializer for TextOf {
    type Ok = String;
    type Error = NotText;
    type SerializeSeq = Impossible<String, NotText>;
    type SerializeTuple = Impossible<String, NotText>;
    type SerializeTupleStruct = Impossible<String, NotText>;
    type SerializeTupleVariant = Impossible<String, NotText>;
    type SerializeMap = Impossible<String, NotText>;
    type SerializeStruct = Impossible<String, NotText>;
    type SerializeStructVariant = Impossible<String, NotText>;

    refuse! { String, NotText, |_this| NotText;
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32)
        serialize_f64(f64) serialize_char(char) serialize_bytes(&[u8]) serialize_none()
        serialize_unit() serialize_unit_struct(&'static str)
    }
    refuse! { Impossible<String, NotText>, NotText, |_this| NotText;
        serialize_seq(Option<usize>) serialize_tuple(usize) serialize_tuple_struct(&'static str, usize)
        serialize_map(Option<usize>) serialize_struct(&'static str, usize)
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
        serialize_struct_variant(&'static str, u32, &'static str, usize)
    }

    fn serialize_str(self, text: &str) -> Result<String, NotText> {
        Ok(text.to_owned())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<String, NotText> {
        Ok(variant.to_owned())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, NotText> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<String, NotText> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, NotText> {
        Err(NotText)
    }
}
