//! Names on the wire: of events, headers and cookies.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

use super::Field;
use super::value::{in_parentheses, text, whole};
use crate::errors::{Code, Errors};

/// A checked event name.
#[derive(Clone)]
pub(crate) struct Name {
    pub(crate) literal: LitStr,
}

/// A payload field and the checked name of the header or cookie that fills it.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) field: Field,
    pub(crate) name: String,
}

pub(super) fn event_name(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Name> {
    let literal = text(key, input, errors)?;
    let name = literal.value();
    let what = if name.is_empty() {
        "the name of an event cannot be empty"
    } else if name.contains(['\r', '\n']) {
        "the name of an event cannot hold a line break"
    } else {
        return unreserved(key, literal, errors);
    };
    let write = format_args!("write a name, as in `{key} = \"{}\"`", example(key));
    errors.report(Code::EventName, &literal, what, write);
    None
}

fn example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "ping_event" => "ping",
        "error_event" => "failure",
        _ => "tick",
    }
}

fn unreserved(key: &Ident, literal: LitStr, errors: &mut Errors) -> Option<Name> {
    let name = literal.value();
    let why = match name.as_str() {
        "open" => "a browser raises it when the connection opens",
        "error" if key != "error_event" => "a browser raises it when the connection fails",
        _ => return Some(Name { literal }),
    };
    errors.report(
        Code::ReservedEventName,
        &literal,
        format_args!("the event name `{name}` is taken: {why}"),
        format_args!("choose another, as in `{key} = \"{}\"`", example(key)),
    );
    None
}

/// `key(field = "Name", …)`.
fn sources(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
    checked: impl Fn(&LitStr, &mut Errors) -> Option<String>,
) -> Option<Vec<Source>> {
    let pairs = whole(key, input, errors, |input| {
        let content = in_parentheses(input)?;
        let pair = |input: ParseStream<'_>| {
            let field = Field::parse(input).ok_or_else(|| input.error("no field"))?;
            input.parse::<Token![=]>()?;
            Ok((field, input.parse::<LitStr>()?))
        };
        let pairs = content.parse_terminated(pair, Token![,]).ok()?;
        (!pairs.is_empty()).then_some(pairs)
    })?;
    let sources = pairs.into_iter().filter_map(|(field, literal)| {
        let name = checked(&literal, errors)?;
        Some(Source { field, name })
    });
    Some(sources.collect())
}

pub(super) fn headers(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Option<Vec<Source>> {
    sources(key, input, errors, |literal, errors| {
        let name = token(literal, "header", errors)?.to_ascii_lowercase();
        if name == "last-event-id" {
            errors.report(
                Code::LastEventIdAsHeader,
                literal,
                "the header `Last-Event-ID` has a key of its own",
                "write `last_event_id = …`, which also takes it from the query, where a page's \
                 first request carries it",
            );
            return None;
        }
        Some(name)
    })
}

pub(super) fn cookies(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Option<Vec<Source>> {
    sources(key, input, errors, |literal, errors| {
        token(literal, "cookie", errors)
    })
}

/// A token of RFC 9110 §5.6.2, which is also what RFC 6265 §4.1.1 takes as the name of a cookie.
fn token(literal: &LitStr, of: &str, errors: &mut Errors) -> Option<String> {
    let name = literal.value();
    let foreign = name
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`|~".contains(*c));
    let what = match foreign {
        None if !name.is_empty() => return Some(name),
        None => format!("the name of a {of} cannot be empty"),
        Some(c) => format!("{c:?} cannot stand in the name of a {of}"),
    };
    errors.report(
        Code::SourceName,
        literal,
        what,
        "use letters, digits, `-` and `_`",
    );
    None
}
