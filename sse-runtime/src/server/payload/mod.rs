//! From a request to a payload: each field has one source, and a value that does not fit is told
//! with the names of both.

mod error;
pub(super) mod query;
mod read;
mod text;
mod value;

pub(super) use read::read;

use serde::de::DeserializeOwned;

use crate::describe::{Descriptor, Origin, Source, Verb, keys};

/// Which keys of a payload come from where. Made once, when the router is built.
#[derive(Debug)]
pub(super) struct Plan {
    /// The names that serde knows for the fields, aliases among them.
    keys: &'static [&'static str],
    /// Keys that only the source beside them may fill. One field may stand here under several keys;
    /// the first is the one that is filled.
    sources: Vec<(Vec<&'static str>, Source)>,
    /// Whether there is a payload at all: without one, no body is read.
    is_needed: bool,
    verb: Verb,
}

impl Plan {
    /// Finds the serde keys of the fields that the descriptor names.
    ///
    /// # Errors
    /// When the payload is not a struct whose fields serde reveals, or renames a mapped field out of
    /// recognition: a mistake of the program, told as text for the panic of the router's builder.
    pub(super) fn new<P: DeserializeOwned>(descriptor: &Descriptor) -> Result<Self, String> {
        let Some(sources) = descriptor.sources() else {
            return Ok(Self {
                keys: &[],
                sources: Vec::new(),
                is_needed: false,
                verb: descriptor.verb(),
            });
        };
        let keys = keys::of::<P>()?;
        let sources = sources
            .iter()
            .map(|source| match keys::matching(keys, source.field()) {
                found if found.is_empty() => Err(format!(
                    "serde has no key for the payload field `{field}`: it knows {keys:?}; \
                     add `#[serde(alias = \"{field}\")]` to the field",
                    field = source.field(),
                )),
                found => Ok((found, *source)),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            keys,
            sources,
            is_needed: true,
            verb: descriptor.verb(),
        })
    }

    /// Whether query or body may fill this key.
    fn is_open(&self, key: &str) -> bool {
        !self.sources.iter().any(|(keys, _)| keys.contains(&key))
    }

    /// The key that a parameter of an enclosing router's path fills, where there is one.
    fn key_of_path_parameter(&self, name: &str) -> Option<&'static str> {
        keys::matching(self.keys, name).first().copied()
    }

    fn sources(&self) -> impl Iterator<Item = (&'static str, Source)> {
        self.sources
            .iter()
            .filter_map(|(keys, source)| Some((*keys.first()?, *source)))
    }
}

/// Where a value came from, for messages.
fn place(origin: Option<Origin>, verb: Verb) -> String {
    match (origin, verb) {
        (Some(Origin::Path), _) => "from the path".to_owned(),
        (Some(Origin::LastEventId), _) => "from the `Last-Event-ID` header".to_owned(),
        (Some(Origin::Header(name)), _) => format!("from the header `{name}`"),
        (Some(Origin::Cookie(name)), _) => format!("from the cookie `{name}`"),
        (None, Verb::Get) => "from the query".to_owned(),
        (None, Verb::Post) => "from the body".to_owned(),
    }
}
