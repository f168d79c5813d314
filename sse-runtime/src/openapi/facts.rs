//! What a document knows of an endpoint, without the types of the user's.

use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Responses, Schema};

use super::answer::Answer;
use super::schema::is_composite;
use crate::Problem;
use crate::describe::{DataForm, Descriptor, Endpoint, Origin, keys};

/// An endpoint as its types describe it.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) descriptor: &'static Descriptor,
    pub(super) event: Shape,
    pub(super) form: DataForm,
    /// What serde calls the variants of the event, where it reveals them.
    pub(super) variants: &'static [&'static str],
    pub(super) payload: Shape,
    /// What serde calls the fields of the payload.
    pub(super) keys: Result<&'static [&'static str], String>,
    pub(super) answers: Responses,
    /// All that these types refer to, and they themselves.
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

/// A type as it is described.
#[derive(Clone)]
pub(super) struct Shape {
    /// Its own schema.
    pub(super) schema: RefOr<Schema>,
    /// How others refer to it: by its name, where it has one.
    pub(super) reference: RefOr<Schema>,
}

impl Facts {
    pub(super) fn of<E, T, P, O>() -> Self
    where
        E: Endpoint<T>,
        T: ToSchema,
        P: ToSchema + DeserializeOwned,
        O: Answer,
    {
        let mut schemas = Vec::new();
        let descriptor = E::DESCRIPTOR;
        let keys = match descriptor.sources() {
            Some(_) => keys::of::<P>(),
            None => Ok(&[][..]),
        };
        let event = Shape::of::<T>(&mut schemas);
        let payload = Shape::of::<P>(&mut schemas);
        O::schemas(&mut schemas);
        Shape::of::<Problem>(&mut schemas);
        Self {
            descriptor,
            event,
            form: E::data_form(),
            variants: E::variants().unwrap_or_default(),
            payload,
            keys,
            answers: O::responses(),
            schemas,
        }
    }

    /// Whether a client that comes back can say what it has seen.
    pub(super) fn is_resumable(&self) -> bool {
        let mut sources = self.descriptor.sources().unwrap_or_default().iter();
        sources.any(|source| source.origin() == Origin::LastEventId)
    }
}

impl Shape {
    pub(super) fn of<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Self {
        let schema = T::schema();
        T::schemas(schemas);
        let reference = if is_composite(&schema) && !is_of_a_library::<T>() {
            let name = name_of::<T>();
            schemas.push((name.clone(), schema.clone()));
            Ref::from_schema_name(name).into()
        } else {
            schema.clone()
        };
        Self { schema, reference }
    }
}

/// As utoipa calls `T` where another type refers to it: `Page_Tick` is `Page<Tick>`, whose own name is
/// that of all pages.
fn name_of<T: ToSchema>() -> String {
    let name = T::name().into_owned();
    let Some((_, arguments)) = std::any::type_name::<T>().split_once('<') else {
        return name;
    };
    let is_path = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | ':');
    let paths = arguments.split(|char| !is_path(char));
    let words = paths.filter_map(|path| path.rsplit(':').next().filter(|word| !word.is_empty()));
    words.fold(name, |name, word| format!("{name}_{word}"))
}

/// Whether `T` is a map, an `Option` and the like: all of them have one name.
fn is_of_a_library<T: ?Sized>() -> bool {
    let name = std::any::type_name::<T>();
    [
        "alloc::",
        "core::",
        "std::",
        "indexmap::",
        "serde_json::",
        "&",
        "(",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
}
