//! What a request brings: parameters, and the body of a `POST`.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{Content, RefOr, Required, Schema};

use super::components::Registry;
use super::error::Mistake;
use super::facts::Facts;
use super::schema::{describe, take_deprecated, take_description, text, without_null};
use crate::describe::{Origin, Verb, keys};

const RESUMES: &str =
    "The id of the last event that the client has seen: the stream goes on after it.";
const RESUMES_BY_QUERY: &str =
    "As the header `Last-Event-ID`, which wins, for a first request that cannot set headers.";

/// What the request of an endpoint holds.
#[derive(Default)]
pub(super) struct Request {
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
}

/// A field of the payload, as serde calls it.
struct Field {
    key: String,
    schema: RefOr<Schema>,
    is_required: bool,
}

pub(super) fn of(facts: &Facts, registry: &Registry, mistakes: &mut Vec<Mistake>) -> Request {
    let Some(sources) = facts.descriptor.sources() else {
        return Request::default();
    };
    let known = match &facts.keys {
        Ok(known) => *known,
        Err(why) => {
            mistakes.push(Mistake::Payload(why.clone()));
            return Request::default();
        }
    };
    let mut open = fields(&facts.payload.schema, registry);
    let all = open.len();
    let mut parameters = Vec::new();
    for source in sources {
        let meant = keys::matching(known, source.field());
        let nth = open
            .iter()
            .position(|field| meant.contains(&field.key.as_str()));
        let field = match nth {
            Some(nth) => open.remove(nth),
            // The schema leaves it out: then it is a text as any other.
            None => Field {
                key: source.field().to_owned(),
                schema: text().into(),
                is_required: false,
            },
        };
        push_mapped(&mut parameters, source.field(), source.origin(), field);
    }
    let body = match facts.descriptor.verb() {
        Verb::Get => {
            parameters.extend(open.into_iter().map(|field| {
                let place = ParameterIn::Query;
                parameter(&field.key, place, field.is_required, field.schema)
            }));
            None
        }
        Verb::Post if open.is_empty() => None,
        Verb::Post => {
            let is_required = open.iter().any(|field| field.is_required);
            let schema = if open.len() == all {
                facts.payload.reference.clone()
            } else {
                object(open)
            };
            Some(body(schema, is_required))
        }
    };
    Request { parameters, body }
}

/// The fields of an object, those of what is flattened into it among them.
fn fields(schema: &RefOr<Schema>, registry: &Registry) -> Vec<Field> {
    match registry.resolve(schema) {
        Some(Schema::Object(object)) => object
            .properties
            .iter()
            .map(|(key, schema)| Field {
                key: key.clone(),
                schema: schema.clone(),
                is_required: object.required.contains(key),
            })
            .collect(),
        Some(Schema::AllOf(all_of)) => {
            let items = all_of.items.iter();
            items.flat_map(|item| fields(item, registry)).collect()
        }
        _ => Vec::new(),
    }
}

/// Adds what gives a field that has a source of its own.
fn push_mapped(parameters: &mut Vec<Parameter>, name: &str, origin: Origin, field: Field) {
    let Field {
        mut schema,
        is_required,
        ..
    } = field;
    match origin {
        Origin::Path => parameters.push(parameter(name, ParameterIn::Path, true, schema)),
        Origin::Header(name) => {
            parameters.push(parameter(name, ParameterIn::Header, is_required, schema));
        }
        Origin::Cookie(name) => {
            parameters.push(parameter(name, ParameterIn::Cookie, is_required, schema));
        }
        Origin::LastEventId => {
            let about = match take_description(&mut schema) {
                Some(own) => format!("{own}\n\n{RESUMES}"),
                None => RESUMES.to_owned(),
            };
            let mut same = schema.clone();
            describe(&mut schema, Some(about));
            describe(&mut same, Some(RESUMES_BY_QUERY.to_owned()));
            // One of the two is enough, so neither is required.
            parameters.push(parameter(
                "Last-Event-ID",
                ParameterIn::Header,
                false,
                schema,
            ));
            parameters.push(parameter("last_event_id", ParameterIn::Query, false, same));
        }
    }
}

fn parameter(
    name: &str,
    place: ParameterIn,
    is_required: bool,
    schema: RefOr<Schema>,
) -> Parameter {
    // What is not given is `None`; there is no `null` in a URL or a header.
    let (mut schema, _) = without_null(schema);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required(is_required))
        .description(take_description(&mut schema))
        .deprecated(take_deprecated(&mut schema))
        .schema(Some(schema))
        .build()
}

/// What is left for the body where other fields have sources of their own.
fn object(fields: Vec<Field>) -> RefOr<Schema> {
    let object = fields
        .into_iter()
        .fold(ObjectBuilder::new(), |object, field| {
            let object = if field.is_required {
                object.required(field.key.clone())
            } else {
                object
            };
            object.property(field.key, field.schema)
        });
    object.into()
}

fn body(schema: RefOr<Schema>, is_required: bool) -> RequestBody {
    RequestBodyBuilder::new()
        .content("application/json", Content::new(Some(schema)))
        .required(Some(required(is_required)))
        .build()
}

fn required(is_required: bool) -> Required {
    if is_required {
        Required::True
    } else {
        Required::False
    }
}
