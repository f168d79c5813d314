//! Paths: of routes, and of the runtime.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::LitStr;
use syn::parse::ParseStream;

use super::value::{equals, text, whole};
use crate::errors::{Code, Errors};
use crate::route::{Flaw, Template};

/// A route as written.
#[derive(Clone)]
pub(crate) struct Path {
    pub(crate) literal: LitStr,
    pub(crate) template: Template,
}

pub(super) fn path(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Path> {
    let literal = text(key, input, errors)?;
    match Template::parse(&literal.value()) {
        Ok(template) => Some(Path { literal, template }),
        Err(flaw) => {
            report_flaw(flaw, &literal, errors);
            None
        }
    }
}

/// Reports why the path at `at` is none.
pub(crate) fn report_flaw(flaw: Flaw, at: &dyn ToTokens, errors: &mut Errors) {
    match flaw {
        Flaw::Syntax { what, help } => errors.report(Code::Path, at, what, help),
        Flaw::Repeated(name) => errors.report(
            Code::RepeatedParameter,
            at,
            format_args!("the path parameter `{{{name}}}` is there twice"),
            "give each its own name: each fills one payload field",
        ),
    }
}

pub(super) fn prefix(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Path> {
    let path = path(key, input, errors)?;
    let text = path.template.text();
    let (what, help) = if let Some(shorter) = text.strip_suffix('/') {
        let help = if shorter.is_empty() {
            "leave it out".to_owned()
        } else {
            format!("write `{key} = \"{shorter}\"`")
        };
        (format!("the prefix `{text}` ends with `/`"), help)
    } else if text.contains("{*") {
        let what =
            format!("the prefix `{text}` takes the rest of the path, but a route follows it");
        (what, "move `{*…}` to the end of the routes".to_owned())
    } else {
        return Some(path);
    };
    errors.report(Code::Path, &path.literal, what, help);
    None
}

pub(super) fn krate(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<syn::Path> {
    equals(key, input, errors)?;
    let (path, at) = whole(key, input, errors, |input| {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse().ok()?;
            let path = literal.parse_with(syn::Path::parse_mod_style).ok()?;
            return Some((path, literal.into_token_stream()));
        }
        let path = syn::Path::parse_mod_style(input).ok()?;
        let tokens = path.to_token_stream();
        Some((path, tokens))
    })?;
    if path.leading_colon.is_none() {
        let shown: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let shown = shown.join("::");
        errors.report(
            Code::CratePath,
            &at,
            format_args!("`{shown}` means something else in each module"),
            format_args!(
                "write an absolute path, as in `crate = ::{}`",
                absolute(&shown)
            ),
        );
    }
    // A relative one is where the runtime is all the same, perhaps under no other name.
    Some(path)
}

/// A path under `crate::` begins with the crate's own name, which a macro does not know.
fn absolute(relative: &str) -> String {
    let tail = ["crate", "self", "super"]
        .iter()
        .find_map(|word| relative.strip_prefix(word));
    tail.map_or_else(
        || relative.to_owned(),
        |tail| format!("name_of_this_crate{tail}"),
    )
}
