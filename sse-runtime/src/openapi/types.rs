//! The types of this crate that stand in events, payloads and answers.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::schema::text;
use crate::Problem;
use crate::describe::NoPayload;
use crate::wire::{Event, EventId, EventName};

pub(super) const PROBLEM: &str = "Problem";

macro_rules! named {
    ($($ty:ty = $name:expr, $schema:expr;)*) => {$(
        impl PartialSchema for $ty {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $ty {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )*};
}

named! {
    EventId = "EventId", text().description(Some("The id of an event, from which a stream goes on."));
    EventName = "EventName", text().description(Some("The name of an event."));
    Event = "Event", event();
    Problem = PROBLEM, problem();
    NoPayload = "NoPayload", ObjectBuilder::new();
}

/// An event as the format has it.
fn event() -> ObjectBuilder {
    ObjectBuilder::new()
        .property("id", id())
        .property("event", text())
        .property("retry", retry())
        .property("data", text())
        .required("data")
}

pub(super) fn id() -> ObjectBuilder {
    text().description(Some("What a client resumes from: `Last-Event-ID`."))
}

pub(super) fn retry() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .description(Some(
            "How long to wait before reconnecting, in milliseconds.",
        ))
}

/// RFC 9457 §3.1. Others of its members may be there, and any further ones (§3.2).
fn problem() -> ObjectBuilder {
    ObjectBuilder::new()
        .description(Some("Problem details (RFC 9457)."))
        .property(
            "type",
            text()
                .format(Some(SchemaFormat::Custom("uri-reference".to_owned())))
                .description(Some("What kind of problem it is, as a URI.")),
        )
        .property(
            "title",
            text().description(Some("The kind of problem in a few words.")),
        )
        .required("title")
        .property(
            "status",
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(100))
                .maximum(Some(599))
                .description(Some("The HTTP status.")),
        )
        .required("status")
        .property(
            "detail",
            text().description(Some("What went wrong this time.")),
        )
        .property(
            "instance",
            text()
                .format(Some(SchemaFormat::Custom("uri-reference".to_owned())))
                .description(Some("This occurrence of it, as a URI.")),
        )
}
