//! What an endpoint answers.

use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, RefOr, Response, ResponseBuilder, Responses, Schema};

use super::answer::problem;
use super::facts::Facts;
use super::schema::{one_of_texts, text};
use super::{Form, Version};
use crate::describe::{Done, Verb};
use crate::names::END_OF_STREAM;

/// By this some generators know a last text, which is none of the events (Speakeasy).
const SENTINEL: &str = "x-speakeasy-sse-sentinel";

/// The responses of an endpoint whose events are `event`.
pub(super) fn of(facts: &Facts, form: Form, has_body: bool, event: RefOr<Schema>) -> Responses {
    let mut responses = facts.answers.clone();
    for (status, response) in own(facts, form, has_body, event) {
        let response = match responses.responses.remove(status) {
            Some(RefOr::T(other)) => both(response, other).into(),
            // What is kept under a name of its own is the service's to say.
            Some(other @ RefOr::Ref(_)) => other,
            None => response.into(),
        };
        responses.responses.insert(status.to_owned(), response);
    }
    responses
}

/// The responses of the server itself.
fn own(
    facts: &Facts,
    form: Form,
    has_body: bool,
    event: RefOr<Schema>,
) -> Vec<(&'static str, Response)> {
    let mut responses = vec![
        ("200", stream(facts, form, event)),
        (
            "204",
            ResponseBuilder::new()
                .description("The stream is over for good: there is nothing to come back for.")
                .build(),
        ),
        (
            "400",
            problem("The request does not fit: which field of it, and from where.").build(),
        ),
        ("503", busy(facts.descriptor.verb())),
    ];
    if has_body {
        responses.push(("413", problem("The body is too large.").build()));
        responses.push(("415", problem("The body is not JSON.").build()));
    }
    responses
}

fn stream(facts: &Facts, form: Form, event: RefOr<Schema>) -> Response {
    let content = match form.version {
        Version::V32 => ContentBuilder::new().item_schema(Some(event)),
        Version::V31 => ContentBuilder::new().schema(Some(event)),
    };
    let content = match facts.descriptor.completion() {
        Done::Text(last) => content.extensions(Some(Extensions::from_iter([(SENTINEL, last)]))),
        _ => content,
    };
    let mut response = ResponseBuilder::new()
        .description(about(facts))
        .content("text/event-stream", content.build())
        .header("Cache-Control", constant("no-cache, no-transform"))
        .header("X-Accel-Buffering", constant("no"));
    if facts.is_resumable() {
        let begins = HeaderBuilder::new().schema(Some(text())).description(Some(
            "The id after which the stream begins, where it is known.",
        ));
        response = response.header("Last-Event-ID", begins.build());
    }
    response.build()
}

/// What a client has to know of the stream as a whole.
fn about(facts: &Facts) -> String {
    let descriptor = facts.descriptor;
    let is_finite = descriptor.completion() != Done::Never;
    let mut about = "A stream of events.".to_owned();
    if is_finite && descriptor.verb() == Verb::Get {
        about.push_str(&format!(
            " It ends for good: a last block has the id `{END_OF_STREAM}`."
        ));
    }
    if !is_finite {
        about.push_str(" When it ends, come back for what follows.");
    }
    about
}

/// While the server shuts down, or when all places are taken.
fn busy(verb: Verb) -> Response {
    let about = match verb {
        Verb::Get => {
            "No stream can be opened now. A client that accepts `text/event-stream` is given one that ends at once \
             and says when to come back."
        }
        Verb::Post => "No stream can be opened now.",
    };
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .description(Some("When to come back, in seconds."));
    problem(about)
        .header("Retry-After", Header::new(RefOr::from(seconds)))
        .build()
}

fn constant(value: &str) -> Header {
    Header::new(RefOr::from(one_of_texts([value])))
}

/// A status that the server gives, and the service too.
fn both(mut ours: Response, theirs: Response) -> Response {
    if !theirs.description.is_empty() {
        ours.description = format!("{}\n\n{}", ours.description, theirs.description);
    }
    for (content_type, content) in theirs.content {
        ours.content.entry(content_type).or_insert(content);
    }
    for (name, header) in theirs.headers {
        ours.headers.entry(name).or_insert(header);
    }
    ours.links.extend(theirs.links);
    ours
}
