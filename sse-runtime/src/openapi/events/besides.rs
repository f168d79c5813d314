//! What a server sends besides the events of the service.

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};

use super::super::facts::Facts;
use super::super::schema::one_of_texts;
use super::super::types::PROBLEM;
use super::{Content, Event, Name, Presence};
use crate::describe::{Done, NameRole, Verb};

// As `hub::Gap` tells them, which need not be there for a document that does.
const GAP: &str = "gap";
const GAP_REASONS: [&str; 4] = ["truncated", "ahead", "reset", "foreign"];

pub(super) fn of(facts: &Facts) -> impl Iterator<Item = Event> + use<> {
    let descriptor = facts.descriptor;
    let done = match descriptor.completion() {
        Done::Text(last) => Some(Event {
            name: Name::none(),
            // What keeps a client away that comes back.
            id: (descriptor.verb() == Verb::Get).then_some(Presence::Always),
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
