//! Where the fields of a payload come from.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::routes::PathParameter;
use crate::args::{self, Args, Field, Key};
use crate::errors::{Code, Errors};
use crate::model::{From, Parameter, Source};

/// The sources of the payload of `method`, one a field.
pub(super) fn check(
    method: &Ident,
    args: &Args,
    parameters: &[Parameter],
    of_path: Vec<PathParameter>,
    errors: &mut Errors,
) -> Vec<Source> {
    let has_payload = parameters
        .iter()
        .any(|parameter| matches!(parameter, Parameter::Payload(_)));
    if !has_payload {
        sources_need_a_payload(method, args, errors);
        path_parameters_need_a_reader(method, parameters, &of_path, errors);
        return Vec::new();
    }
    let mut sources = Sources {
        known: Vec::new(),
        errors,
    };
    for parameter in of_path {
        // Invariant: a `Template` has only parameters that are named like a field.
        if let Some(field) = Field::named(&parameter.name, parameter.at.span()) {
            sources.add(field, From::Path);
        }
    }
    if let Some(field) = args.last_event_id.get() {
        sources.add(field.clone(), From::LastEventId);
    }
    for args::Source { field, name } in args.header.get().into_iter().flatten() {
        sources.add(field.clone(), From::Header(name.clone()));
    }
    for args::Source { field, name } in args.cookie.get().into_iter().flatten() {
        sources.add(field.clone(), From::Cookie(name.clone()));
    }
    sources.known
}

struct Sources<'a> {
    known: Vec<Source>,
    errors: &'a mut Errors,
}

impl Sources<'_> {
    fn add(&mut self, field: Field, from: From) {
        let name = field.name();
        let earlier = self.known.iter().find(|known| known.field.name() == name);
        let Some(earlier) = earlier else {
            self.known.push(Source { field, from });
            return;
        };
        self.errors.report(
            Code::FieldFromTwoSources,
            field.ident(),
            format_args!("`{name}` already comes from {}", described(&earlier.from)),
            "let each field of the payload have one source",
        );
    }
}

fn described(from: &From) -> String {
    match from {
        From::Path => "the path".to_owned(),
        From::LastEventId => "the Last-Event-ID".to_owned(),
        From::Header(name) => format!("the header `{name}`"),
        From::Cookie(name) => format!("the cookie `{name}`"),
    }
}

fn sources_need_a_payload(method: &Ident, args: &Args, errors: &mut Errors) {
    let of_last_event_id = args.last_event_id.key();
    let keys = [of_last_event_id, args.header.key(), args.cookie.key()];
    for Key { word, place, .. } in keys.into_iter().flatten() {
        let (at, help) = match place {
            args::Place::Method => (word, format!("add `payload: …`, or leave `{word}` out")),
            args::Place::Trait => (
                method,
                format!("add `payload: …`, or write `#[sse({word} = none)]` on the method"),
            ),
        };
        errors.report(
            Code::NoPayload,
            at,
            format_args!("`{}` has no payload for its `{word}`", method.unraw()),
            help,
        );
    }
}

/// Without a payload a path parameter can still be read by an extractor.
fn path_parameters_need_a_reader(
    method: &Ident,
    parameters: &[Parameter],
    of_path: &[PathParameter],
    errors: &mut Errors,
) {
    let has_extractor = parameters
        .iter()
        .any(|parameter| matches!(parameter, Parameter::Extractor(_)));
    let Some(first) = of_path.first().filter(|_| !has_extractor) else {
        return;
    };
    errors.report(
        Code::NoPayload,
        &first.at.to_token_stream(),
        format_args!(
            "`{}` has no payload for the path parameter `{{{}}}`",
            method.unraw(),
            first.name
        ),
        format_args!("add `payload: …`, a struct with the field `{}`", first.name),
    );
}
