//! The events of the service: which field of them becomes what, and the variants of an enum.

use utoipa::openapi::{RefOr, Schema};

use super::super::components::Registry;
use super::super::facts::Facts;
use super::super::schema::{
    anything, describe, one_of_texts, take_description, text, without_null,
};
use super::super::variants::{self, Variant};
use super::{Content, Event, Name, Presence};
use crate::describe::{DataForm, DataRole, Done, IdRole, NameRole, keys};

pub(super) fn of(facts: &Facts, registry: &Registry) -> Vec<Event> {
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
