//! A payload as a request: the other half of what a server reads.
//!
//! Each field of a payload goes to its one source: a path parameter, a header, a cookie, the
//! `Last-Event-ID`, else the query (`get`) or the JSON body (`post`). Nothing here knows a client of
//! HTTP.

mod error;
mod fields;
mod keys;
mod path;
mod query;
mod text;

use http::{HeaderName, HeaderValue};
use serde::Serialize;

pub use error::{RequestError, RequestErrorKind};

use crate::describe::{Descriptor, Verb};

/// What is asked of a server, but for its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub verb: Verb,
    /// The path with its parameters filled in, and the query where there is one.
    pub path_and_query: String,
    /// The headers that the payload fills, `cookie` among them, and `content-type` where there is a
    /// body.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The id to resume from, for the `Last-Event-ID` header of the first request.
    pub last_event_id: Option<String>,
    /// The JSON body.
    pub body: Option<Vec<u8>>,
}

/// What a generated client takes as a payload. A trait of its own, as rustc calls `Serialize` in all its
/// messages by whatever path it finds, and that would be one of generated code.
#[cfg(feature = "client")]
#[doc(hidden)]
pub trait Payload: Serialize {}

#[cfg(feature = "client")]
impl<T: Serialize + ?Sized> Payload for T {}

/// Makes the request that an endpoint reads `payload` from.
///
/// `None` is left out. A list becomes one query key or header for each of its values, so that one
/// without any is left out too: give such a field `#[serde(default)]`. An endpoint without a payload
/// takes [`&NoPayload {}`](crate::describe::NoPayload).
///
/// ```
/// use serde::Serialize;
/// use sse_runtime::describe::{Descriptor, Source};
/// use sse_runtime::request;
///
/// const EVENTS: Descriptor = Descriptor::get("Notifications", "stream", "/topics/{topic}/events")
///     .payload(&[Source::path("topic"), Source::last_event_id("start_id")]);
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "camelCase")]
/// struct StreamPayload {
///     topic: String,
///     start_id: Option<u64>,
///     tags: Vec<&'static str>,
///     page_size: Option<usize>,
/// }
///
/// let payload = StreamPayload {
///     topic: "a/b".to_owned(),
///     start_id: Some(6),
///     tags: vec!["disk", "net"],
///     page_size: None,
/// };
/// let request = request::of(&EVENTS, &payload)?;
/// assert_eq!(request.path_and_query, "/topics/a%2Fb/events?tags=disk&tags=net");
/// assert_eq!(request.last_event_id.as_deref(), Some("6"));
///
/// let payload = StreamPayload { topic: String::new(), ..payload };
/// assert_eq!(
///     request::of(&EVENTS, &payload).unwrap_err().to_string(),
///     r#"payload field `topic` (in the path): "" cannot be a segment of a path"#,
/// );
/// # Ok::<(), request::RequestError>(())
/// ```
///
/// # Errors
/// [`RequestError`] with the field whose value cannot be where it belongs.
pub fn of<P: Serialize + ?Sized>(
    descriptor: &Descriptor,
    payload: &P,
) -> Result<Request, RequestError> {
    let Some(sources) = descriptor.sources() else {
        return fields::Fields::new(descriptor, Vec::new()).into_request();
    };
    let known = keys::of(payload)?;
    let mut fields = fields::Fields::new(descriptor, keys::destinations(sources, &known)?);
    payload.serialize(&mut fields)?;
    fields.into_request()
}

/// The rest of a serializer that takes structs, with names and fields of their own.
macro_rules! only_structs {
    ($ok:ty, |$this:ident| $of_unit_struct:expr) => {
        type SerializeSeq = Impossible<$ok, RequestError>;
        type SerializeTuple = Impossible<$ok, RequestError>;
        type SerializeTupleStruct = Impossible<$ok, RequestError>;
        type SerializeTupleVariant = Impossible<$ok, RequestError>;
        type SerializeMap = Impossible<$ok, RequestError>;
        type SerializeStructVariant = Impossible<$ok, RequestError>;

        fn serialize_unit_struct(self, _name: &'static str) -> Result<$ok, RequestError> {
            let $this = self;
            $of_unit_struct
        }

        fn serialize_newtype_struct<T: Serialize + ?Sized>(
            self,
            _name: &'static str,
            value: &T,
        ) -> Result<$ok, RequestError> {
            value.serialize(self)
        }

        super::refuse! { $ok;
            serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
            serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32)
            serialize_f64(f64) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
            serialize_none() serialize_unit() serialize_unit_variant(&'static str, u32, &'static str)
        }
        super::refuse! { Impossible<$ok, RequestError>;
            serialize_seq(Option<usize>) serialize_tuple(usize) serialize_tuple_struct(&'static str, usize)
            serialize_map(Option<usize>)
            serialize_tuple_variant(&'static str, u32, &'static str, usize)
            serialize_struct_variant(&'static str, u32, &'static str, usize)
        }

        fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<$ok, RequestError> {
            Err(RequestError::new(crate::request::RequestErrorKind::NotAStruct))
        }

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<$ok, RequestError> {
            Err(RequestError::new(crate::request::RequestErrorKind::NotAStruct))
        }
    };
}

macro_rules! refuse {
    ($ok:ty; $($method:ident($($arg:ty),*))*) => {$(
        fn $method(self, $(_: $arg),*) -> Result<$ok, RequestError> {
            Err(RequestError::new(crate::request::RequestErrorKind::NotAStruct))
        }
    )*};
}

use {only_structs, refuse};
