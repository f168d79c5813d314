//! What the events of an endpoint are: its own, and those that its server sends besides.

use std::collections::HashSet;

use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, OneOfBuilder};
use utoipa::openapi::{RefOr, Schema};

use super::Data;
use super::components::Registry;
use super::facts::Facts;
use super::schema::{is_text, one_of_texts, take_description, text, texts};
use super::types;
use crate::describe::DataForm;

mod besides;
mod own;

/// What clients call an event that has no name (WHATWG HTML §9.2.6).
const UNNAMED: &str = "message";

/// Events that look alike.
struct Event {
    name: Name,
    id: Option<Presence>,
    retry: bool,
    data: Option<(Content, Presence)>,
    description: Option<String>,
}

/// What a name may be, and whether there always is one.
struct Name(RefOr<Schema>, Presence);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Sometimes,
    Always,
}

/// What is in `data`.
#[derive(Clone)]
enum Content {
    Text(RefOr<Schema>),
    Json(RefOr<Schema>),
}

/// The schema of all events of an endpoint.
pub(super) fn of(facts: &Facts, form: Data, registry: &Registry) -> RefOr<Schema> {
    if facts.form == DataForm::Untyped {
        return one_or_more(
            std::iter::once(facts.event.schema.clone())
                .chain(besides::of(facts).map(|event| event.into_schema(form, registry))),
            false,
        );
    }
    let events: Vec<Event> = own::of(facts, registry)
        .into_iter()
        .chain(besides::of(facts))
        .collect();
    let is_distinct = are_distinct(&events, registry);
    let schemas = events
        .into_iter()
        .map(|event| event.into_schema(form, registry));
    one_or_more(schemas, is_distinct)
}

/// One schema of several. Where a name is free, what has it may be another of them as well.
fn one_or_more(schemas: impl Iterator<Item = RefOr<Schema>>, is_distinct: bool) -> RefOr<Schema> {
    let mut schemas: Vec<_> = schemas.collect();
    match schemas.len() {
        1 => schemas.swap_remove(0),
        _ if is_distinct => {
            let all = schemas.into_iter();
            all.fold(OneOfBuilder::new(), OneOfBuilder::item).into()
        }
        _ => {
            let all = schemas.into_iter();
            let any_of = all.fold(AnyOfBuilder::new(), AnyOfBuilder::item);
            Schema::AnyOf(any_of.build()).into()
        }
    }
}

/// Whether no event has the name of another kind of event.
fn are_distinct(events: &[Event], registry: &Registry) -> bool {
    let mut seen = HashSet::new();
    events.iter().all(|Event { name, .. }| {
        let Some(mut names) = registry.resolve(&name.0).and_then(texts) else {
            return false;
        };
        if name.1 == Presence::Sometimes && !names.contains(&UNNAMED) {
            names.push(UNNAMED);
        }
        names.into_iter().all(|name| seen.insert(name.to_owned()))
    })
}

impl Name {
    /// None is on the wire, and this is what clients call it.
    fn none() -> Self {
        Self(one_of_texts([UNNAMED]).into(), Presence::Sometimes)
    }

    fn constant(name: &str) -> Self {
        Self(one_of_texts([name]).into(), Presence::Always)
    }
}

impl Event {
    fn into_schema(self, form: Data, registry: &Registry) -> RefOr<Schema> {
        let mut object = ObjectBuilder::new().description(self.description);
        let mut add = |name: &str, schema: RefOr<Schema>, presence: Presence| {
            object = std::mem::take(&mut object).property(name, schema);
            if presence == Presence::Always {
                object = std::mem::take(&mut object).required(name);
            }
        };
        if let Some(presence) = self.id {
            add("id", types::id().into(), presence);
        }
        let Name(name, presence) = self.name;
        add("event", name, presence);
        if self.retry {
            add("retry", types::retry().into(), Presence::Sometimes);
        }
        if let Some((content, presence)) = self.data {
            add("data", content.into_schema(form, registry), presence);
        }
        object.into()
    }
}

impl Content {
    fn into_schema(self, form: Data, registry: &Registry) -> RefOr<Schema> {
        match (self, form) {
            (Self::Json(schema), Data::Direct) => schema,
            (Self::Json(mut schema), Data::Content) => {
                let about = take_description(&mut schema);
                text()
                    .description(about)
                    .content_media_type("application/json")
                    .content_schema(Some(schema))
                    .into()
            }
            (Self::Text(schema), _) if registry.resolve(&schema).is_some_and(is_text) => schema,
            // Whatever it is as JSON, what is sent is a text.
            (Self::Text(mut schema), _) => text().description(take_description(&mut schema)).into(),
        }
    }
}
