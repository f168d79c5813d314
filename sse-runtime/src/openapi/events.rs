//! What the events of an endpoint are: its own, and those that its server sends besides.

use std::collections::HashSet;

use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};

use super::Data;
use super::components::Registry;
use super::facts::Facts;
use super::schema::{
    anything, describe, is_text, one_of_texts, take_description, text, texts, without_null,
};
use super::types::{self, PROBLEM};
use super::variants::{self, Variant};
use crate::describe::{DataForm, DataRole, Done, IdRole, NameRole, keys};

/// What clients call an event that has no name (WHATWG HTML §9.2.6).
const UNNAMED: &str = "message";

// As `hub::Gap` tells them, which need not be there for a document that does.
const GAP: &str = "gap";
const GAP_REASONS: [&str; 4] = ["truncated", "ahead", "reset", "foreign"];

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
                .chain(sent_besides(facts).map(|event| event.into_schema(form, registry))),
            false,
        );
    }
    let events: Vec<Event> = own(facts, registry)
        .into_iter()
        .chain(sent_besides(facts))
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

/// The events of the service.
fn own(facts: &Facts, registry: &Registry) -> Vec<Event> {
    let field = |name| property(&facts.event.schema, name, registry);
    let descriptor = facts.descriptor;
    let id = match descriptor.id_role() {
        IdRole::Field(name) | IdRole::Text(name) => Some(field(name).map_or(
            // An `Option` is one that the schema may leave out, too.
            Presence::Sometimes,
            |(_, presence)| presence,
        )),
        // One that comes from a log, where there is one.
        IdRole::None => facts.is_resumable().then_some(Presence::Sometimes),
    };
    let retry = descriptor.retry_role().is_some();
    let data = content(facts, registry);
    let event = |name, data, description| Event {
        name,
        id,
        retry,
        data,
        description,
    };
    let variants = match (descriptor.name_role(), &data) {
        (NameRole::Variants, Some((Content::Json(data), _))) => variants::external(data, registry),
        (NameRole::Tagged(tag), Some((Content::Json(data), _))) => {
            variants::tagged(data, tag, registry)
        }
        _ => None,
    };
    if let Some(variants) = variants {
        let of = |variant: Variant| {
            let about = ending(facts, &variant);
            let data = (Content::Json(variant.data), Presence::Always);
            event(Name::constant(&variant.name), Some(data), about)
        };
        return variants.into_iter().map(of).collect();
    }
    let name = match descriptor.name_role() {
        NameRole::None => Name::none(),
        NameRole::Constant(name) => Name::constant(name),
        NameRole::Field(name) => match field(name) {
            Some((schema, presence)) => Name(schema, presence),
            None => Name(text().into(), Presence::Sometimes),
        },
        // The schema is none of an enum, so that is all there is to say.
        NameRole::Variants | NameRole::Tagged(_) => {
            let names = facts.variants.iter().copied();
            let any = if facts.variants.is_empty() {
                text()
            } else {
                one_of_texts(names)
            };
            Name(any.into(), Presence::Always)
        }
    };
    vec![event(name, data, None)]
}

/// What the data of an event of the service is.
fn content(facts: &Facts, registry: &Registry) -> Option<(Content, Presence)> {
    let (schema, presence) = match facts.descriptor.data_role() {
        DataRole::Event => (facts.event.reference.clone(), Presence::Always),
        DataRole::Text(name) => {
            let (mut field, presence) = property(&facts.event.schema, name, registry)?;
            let mut schema = RefOr::from(text());
            describe(&mut schema, take_description(&mut field));
            (schema, presence)
        }
        DataRole::Field(name) | DataRole::Json(name) => {
            property(&facts.event.schema, name, registry)
                .unwrap_or_else(|| (anything(), Presence::Sometimes))
        }
    };
    let content = match facts.form {
        DataForm::Text => Content::Text(schema),
        _ => Content::Json(schema),
    };
    Some((content, presence))
}

/// The field of an event, where its schema has it, without what is said of its absence.
fn property(
    schema: &RefOr<Schema>,
    name: &str,
    registry: &Registry,
) -> Option<(RefOr<Schema>, Presence)> {
    match registry.resolve(schema)? {
        Schema::Object(object) => {
            let exact = object.properties.get(name);
            let like = || {
                let mut properties = object.properties.iter();
                properties.find_map(|(key, field)| keys::means(key, name).then_some(field))
            };
            let (field, was_null) = without_null(exact.or_else(like)?.clone());
            let presence = if was_null {
                Presence::Sometimes
            } else {
                Presence::Always
            };
            Some((field, presence))
        }
        Schema::AllOf(all_of) => {
            let mut items = all_of.items.iter();
            items.find_map(|item| property(item, name, registry))
        }
        _ => None,
    }
}

/// What is said of a variant, and whether it is the last.
fn ending(facts: &Facts, variant: &Variant) -> Option<String> {
    let about = variant.description.clone();
    let is_last = match facts.descriptor.completion() {
        Done::Variants(names) => names.iter().any(|name| keys::means(&variant.name, name)),
        _ => false,
    };
    let last = is_last.then(|| "The stream ends with it, for good.".to_owned());
    match (about, last) {
        (Some(about), Some(last)) => Some(format!("{about}\n\n{last}")),
        (about, last) => about.or(last),
    }
}

/// What the server sends besides.
fn sent_besides(facts: &Facts) -> impl Iterator<Item = Event> + use<> {
    let descriptor = facts.descriptor;
    let done = match descriptor.completion() {
        Done::Text(last) => Some(Event {
            name: Name::none(),
            id: None,
            retry: false,
            data: Some((Content::Text(one_of_texts([last]).into()), Presence::Always)),
            description: Some("The end of the stream, for good.".to_owned()),
        }),
        _ => None,
    };
    let gap = facts.is_resumable().then(|| Event {
        name: Name::constant(GAP),
        id: Some(Presence::Always),
        retry: false,
        data: Some((Content::Json(gap()), Presence::Always)),
        description: Some(
            "Events are missing that came after the one that the client has seen. The stream goes on from here."
                .to_owned(),
        ),
    });
    let ping = descriptor.ping_event_name().map(|name| Event {
        name: Name::constant(name),
        id: None,
        retry: false,
        data: Some((
            Content::Json(ping(descriptor.name_role(), name)),
            Presence::Always,
        )),
        description: Some("A heartbeat, which says nothing else.".to_owned()),
    });
    let error = descriptor.error_event_name().map(|name| Event {
        name: Name::constant(name),
        id: None,
        retry: false,
        data: Some((
            Content::Json(Ref::from_schema_name(PROBLEM).into()),
            Presence::Always,
        )),
        description: Some(
            "An error of the service, with which the stream ends for now.".to_owned(),
        ),
    });
    done.into_iter().chain(gap).chain(ping).chain(error)
}

fn gap() -> RefOr<Schema> {
    ObjectBuilder::new()
        .property("reason", one_of_texts(GAP_REASONS))
        .required("reason")
        .property(
            "missed",
            ObjectBuilder::new()
                .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
                .description(Some("How many, where that is known.")),
        )
        .required("missed")
        .into()
}

/// An object, with the tag where all data have it.
fn ping(role: NameRole, name: &str) -> RefOr<Schema> {
    match role {
        NameRole::Tagged(tag) => ObjectBuilder::new()
            .property(tag, one_of_texts([name]))
            .required(tag)
            .into(),
        _ => ObjectBuilder::new().into(),
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
