//! An endpoint as an operation.

use utoipa::openapi::Deprecated;
use utoipa::openapi::path::{Operation, OperationBuilder};
use utoipa::openapi::tag::{Tag, TagBuilder};

use super::Form;
use super::components::Registry;
use super::error::Mistake;
use super::facts::Facts;
use super::{events, payload, responses};
use crate::describe::Descriptor;

pub(super) fn of(
    facts: &Facts,
    form: Form,
    registry: &mut Registry,
    mistakes: &mut Vec<Mistake>,
) -> Operation {
    let descriptor = facts.descriptor;
    let name = name(descriptor);
    let request = payload::of(facts, registry, mistakes);
    let event = events::of(facts, form.data, registry);
    let event = registry.add(&format!("{name}Event"), event);
    let (summary, description) = told(descriptor.documentation());
    OperationBuilder::new()
        .tag(descriptor.service_name())
        .operation_id(Some(id(&name)))
        .summary(summary)
        .description(description)
        .deprecated(descriptor.is_deprecated().then_some(Deprecated::True))
        .parameters((!request.parameters.is_empty()).then_some(request.parameters))
        .responses(responses::of(
            facts,
            form,
            request.body.is_some(),
            event.into(),
        ))
        .request_body(request.body)
        .build()
}

/// The route, in the syntax of OpenAPI: `{*rest}` of axum's is a parameter as any other.
pub(super) fn path(descriptor: &Descriptor) -> String {
    descriptor.path().replace("{*", "{")
}

/// What the attribute calls the endpoint: `NotificationsStream`.
fn name(descriptor: &Descriptor) -> String {
    let words = descriptor.method_name().split('_');
    let mut name = descriptor.service_name().to_owned();
    for word in words {
        let mut rest = word.chars();
        name.extend(rest.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(rest.as_str());
    }
    name
}

/// The same as a function is called: `notificationsStream`.
fn id(name: &str) -> String {
    let mut rest = name.chars();
    let first = rest.next().into_iter().flat_map(char::to_lowercase);
    first.chain(rest.clone()).collect()
}

/// The trait as a tag, with its own words.
pub(super) fn tag(descriptor: &Descriptor) -> Tag {
    let words = lines(descriptor.service_documentation()).join("\n");
    TagBuilder::new()
        .name(descriptor.service_name())
        .description(said(&words))
        .build()
}

/// The first paragraph as the summary, and what follows it.
fn told(documentation: &str) -> (Option<String>, Option<String>) {
    let lines = lines(documentation);
    let end = lines.iter().position(|line| line.is_empty());
    let (first, rest) = lines.split_at(end.unwrap_or(lines.len()));
    (said(&first.join(" ")), said(&rest.join("\n")))
}

fn lines(documentation: &str) -> Vec<&str> {
    documentation
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .skip_while(|line| line.is_empty())
        .collect()
}

fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
