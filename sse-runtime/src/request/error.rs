use std::fmt;

use serde::ser;

use crate::describe::{Origin, Verb};
use crate::excerpt::excerpt;

/// Values are quoted up to this many characters.
const EXCERPT: usize = 64;

/// A payload cannot be made a request: says which field is in the way, and why.
// Boxed: errors are rare, and every field that is written returns one of these or nothing.
#[derive(Debug)]
pub struct RequestError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    /// The field and its place, which are added on the way out.
    field: Option<(String, String)>,
    kind: RequestErrorKind,
}

/// What is wrong with a field, in a [`RequestError`].
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// The payload does not serialise as a struct with fields of its own: it is something else, or
    /// has a flattened field.
    NotAStruct,
    /// The field does not serialise under its name, in any case.
    Renamed {
        /// The keys that the payload serialises.
        keys: Vec<&'static str>,
    },
    /// The path needs a value, and the field has none.
    Missing,
    /// A value of this kind (`"a map"`, say) is no text, so it fits nowhere but in a body.
    Nested(&'static str),
    /// There is one place and more than one value.
    Repeated,
    /// The value would change the path: it is empty, `.` or `..`.
    Segment(String),
    /// The value holds what its header, its cookie or an id cannot.
    Text(String),
    /// The value has no JSON form, or its `Serialize` failed.
    Json(serde_json::Error),
    /// What the value's own `Serialize` said.
    Custom(String),
}

impl RequestError {
    #[cold]
    pub(super) fn new(kind: RequestErrorKind) -> Self {
        Self(Box::new(Inner { field: None, kind }))
    }

    pub(super) fn text(value: &str) -> Self {
        Self::new(RequestErrorKind::Text(excerpt(value, EXCERPT)))
    }

    pub(super) fn segment(value: &str) -> Self {
        Self::new(RequestErrorKind::Segment(excerpt(value, EXCERPT)))
    }

    /// Adds the field and its place, unless they are known.
    pub(super) fn of_field(mut self, field: &str, origin: Option<Origin>, verb: Verb) -> Self {
        self.0
            .field
            .get_or_insert_with(|| (field.to_owned(), place(origin, verb)));
        self
    }

    /// The payload field, under the name that serde or the attribute gives it.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_ref().map(|(field, _)| field.as_str())
    }

    /// Why it cannot be where it belongs.
    pub fn kind(&self) -> &RequestErrorKind {
        &self.0.kind
    }
}

/// Where a value goes, for messages.
fn place(origin: Option<Origin>, verb: Verb) -> String {
    match (origin, verb) {
        (Some(Origin::Path), _) => "in the path".to_owned(),
        (Some(Origin::LastEventId), _) => "in the `Last-Event-ID` header".to_owned(),
        (Some(Origin::Header(name)), _) => format!("in the header `{name}`"),
        (Some(Origin::Cookie(name)), _) => format!("in the cookie `{name}`"),
        (None, Verb::Get) => "in the query".to_owned(),
        (None, Verb::Post) => "in the body".to_owned(),
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { field, kind } = &*self.0;
        match field {
            Some((field, place)) => write!(f, "payload field `{field}` ({place}): ")?,
            None => f.write_str("payload: ")?,
        }
        match kind {
            RequestErrorKind::NotAStruct => f.write_str(
                "it does not serialise as a struct with fields of its own; \
                 use a plain struct that derives `Serialize`, without `flatten`",
            ),
            RequestErrorKind::Renamed { keys } => write!(
                f,
                "it serialises under none of {keys:?}; \
                 leave out its `#[serde(rename)]`, or rename it in the attribute too"
            ),
            RequestErrorKind::Missing => f.write_str("it has no value, and a path needs one"),
            RequestErrorKind::Nested(kind) => write!(
                f,
                "{kind} is no text; use a string, a number, an enum without contents, or a list of those"
            ),
            RequestErrorKind::Repeated => f.write_str("it has several values, where one fits"),
            RequestErrorKind::Segment(value) => {
                write!(f, "{value:?} cannot be a segment of a path")
            }
            RequestErrorKind::Text(value) => write!(
                f,
                "{value:?} holds characters that cannot be there; encode it, as base64 or in percent"
            ),
            RequestErrorKind::Json(_) => f.write_str("it cannot be written as JSON"),
            RequestErrorKind::Custom(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for RequestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            RequestErrorKind::Json(error) => Some(error),
            _ => None,
        }
    }
}

impl ser::Error for RequestError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(RequestErrorKind::Custom(message.to_string()))
    }
}
