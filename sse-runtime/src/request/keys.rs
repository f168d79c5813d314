//! Asks serde under which keys a payload writes its fields.

use serde::ser::{Impossible, Serialize, SerializeStruct, Serializer};

use super::error::{RequestError, RequestErrorKind};
use crate::describe::{Source, Verb, keys};

/// The keys of `payload`, in order, those of fields that are left out among them.
pub(super) fn of<P: Serialize + ?Sized>(payload: &P) -> Result<Vec<&'static str>, RequestError> {
    payload.serialize(Keys(Vec::new()))
}

/// The keys of the fields that belong neither in the query nor in the body.
pub(super) type Destinations = Vec<(&'static str, Source)>;

/// Finds the key of each source: equal to the name of its field, else equal up to case, `_` and `-`,
/// as `rename_all` makes them.
pub(super) fn destinations(
    sources: &[Source],
    known: &[&'static str],
) -> Result<Destinations, RequestError> {
    let found = sources.iter().map(|source| {
        let name = source.field();
        match keys::matching(known, name).first() {
            Some(key) => Ok((*key, *source)),
            None => {
                let keys = known.to_vec();
                let error = RequestError::new(RequestErrorKind::Renamed { keys });
                Err(error.of_field(name, Some(source.origin()), Verb::Get))
            }
        }
    });
    found.collect()
}

struct Keys(Vec<&'static str>);

impl SerializeStruct for Keys {
    type Ok = Vec<&'static str>;
    type Error = RequestError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        _value: &T,
    ) -> Result<(), RequestError> {
        self.0.push(key);
        Ok(())
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), RequestError> {
        self.0.push(key);
        Ok(())
    }

    fn end(self) -> Result<Vec<&'static str>, RequestError> {
        Ok(self.0)
    }
}

impl Serializer for Keys {
    type Ok = Vec<&'static str>;
    type Error = RequestError;
    type SerializeStruct = Self;
    super::only_structs! { Vec<&'static str>, |keys| Ok(keys.0) }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self, RequestError> {
        Ok(self)
    }
}
