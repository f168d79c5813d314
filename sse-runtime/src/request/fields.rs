//! Hands each field of a payload to where it belongs.

use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue};
use serde::ser::{Impossible, Serialize, SerializeStruct, Serializer};

use super::error::{RequestError, RequestErrorKind};
use super::keys::Destinations;
use super::{Request, path, query, text};
use crate::describe::{Descriptor, Origin, Source, Verb};
use crate::wire::EventId;

/// A request that is being put together.
pub(super) struct Fields<'a> {
    descriptor: &'a Descriptor,
    destinations: Destinations,
    path: Vec<(&'static str, String)>,
    query: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    cookies: String,
    last_event_id: Option<String>,
    /// The members of the JSON object, each after a comma but the first.
    body: Vec<u8>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(descriptor: &'a Descriptor, destinations: Destinations) -> Self {
        Self {
            descriptor,
            destinations,
            path: Vec::new(),
            query: String::new(),
            headers: Vec::new(),
            cookies: String::new(),
            last_event_id: None,
            body: Vec::new(),
        }
    }

    pub(super) fn into_request(self) -> Result<Request, RequestError> {
        let verb = self.descriptor.verb();
        let mut path_and_query = path::filled(self.descriptor.path(), &self.path)?;
        if !self.query.is_empty() {
            path_and_query.push('?');
            path_and_query.push_str(&self.query);
        }
        let mut headers = self.headers;
        if !self.cookies.is_empty() {
            // Invariant: `cookie` has let through what a header can hold.
            headers.extend(HeaderValue::try_from(self.cookies).map(|mut value| {
                value.set_sensitive(true);
                (COOKIE, value)
            }));
        }
        let body = (!self.body.is_empty()).then(|| [b"{", &*self.body, b"}"].concat());
        if body.is_some() {
            headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        }
        Ok(Request {
            verb,
            path_and_query,
            headers,
            last_event_id: self.last_event_id,
            body,
        })
    }

    fn source(&self, key: &str) -> Option<Source> {
        let found = self.destinations.iter().find(|(of, _)| *of == key);
        found.map(|(_, source)| *source)
    }

    /// Takes the value of a field that is a path parameter, a header, a cookie or the id.
    fn mapped(&mut self, source: Source, values: Vec<String>) -> Result<(), RequestError> {
        if let Origin::Header(name) = source.origin() {
            return values.iter().try_for_each(|value| self.header(name, value));
        }
        let mut values = values.into_iter();
        // What the path lacks is missed when it is put together.
        let Some(value) = values.next() else {
            return Ok(());
        };
        if values.next().is_some() {
            return Err(RequestError::new(RequestErrorKind::Repeated));
        }
        match source.origin() {
            Origin::Path => self.path.push((source.field(), value)),
            Origin::Cookie(name) => self.cookie(name, &value)?,
            // A client that has seen no id sends no header; an empty one would say the same.
            Origin::LastEventId if value.is_empty() => {}
            Origin::LastEventId => match EventId::new(&*value) {
                Ok(_) => self.last_event_id = Some(value),
                Err(_) => return Err(RequestError::text(&value)),
            },
            Origin::Header(_) => {}
        }
        Ok(())
    }

    fn header(&mut self, name: &'static str, value: &str) -> Result<(), RequestError> {
        // "leading and trailing whitespace" is no part of a value (RFC 9110 §5.5), so it would be
        // lost on the way.
        let is_whole = value.trim_matches([' ', '\t']) == value;
        let name = HeaderName::from_bytes(name.as_bytes());
        match (name, HeaderValue::from_str(value)) {
            (Ok(name), Ok(mut value)) if is_whole => {
                value.set_sensitive(name == AUTHORIZATION);
                self.headers.push((name, value));
            }
            _ => return Err(RequestError::text(value)),
        }
        Ok(())
    }

    /// "cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E" (RFC 6265 §4.1.1).
    fn cookie(&mut self, name: &str, value: &str) -> Result<(), RequestError> {
        let is_octet =
            |byte| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
        if !value.bytes().all(is_octet) {
            return Err(RequestError::text(value));
        }
        if !self.cookies.is_empty() {
            self.cookies.push_str("; ");
        }
        self.cookies.extend([name, "=", value]);
        Ok(())
    }

    /// Adds a member to the body.
    fn member<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), RequestError> {
        let json = |error| RequestError::new(RequestErrorKind::Json(error));
        if !self.body.is_empty() {
            self.body.push(b',');
        }
        serde_json::to_writer(&mut self.body, key).map_err(json)?;
        self.body.push(b':');
        serde_json::to_writer(&mut self.body, value).map_err(json)
    }
}

impl SerializeStruct for &mut Fields<'_> {
    type Ok = ();
    type Error = RequestError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), RequestError> {
        let verb = self.descriptor.verb();
        let source = self.source(key);
        let written = match (source, verb) {
            (Some(source), _) => text::of(value).and_then(|values| self.mapped(source, values)),
            (None, Verb::Get) => {
                text::of(value).map(|values| query::add(&mut self.query, key, &values))
            }
            (None, Verb::Post) => self.member(key, value),
        };
        written.map_err(|error| error.of_field(key, source.map(|source| source.origin()), verb))
    }

    fn end(self) -> Result<(), RequestError> {
        Ok(())
    }
}

impl Serializer for &mut Fields<'_> {
    type Ok = ();
    type Error = RequestError;
    type SerializeStruct = Self;
    super::only_structs! { (), |_fields| Ok(()) }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self, RequestError> {
        Ok(self)
    }
}
