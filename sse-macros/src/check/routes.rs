//! Routes: where each endpoint is, and that no two are in one place.

use proc_macro2::Span;
use syn::LitStr;
use syn::ext::IdentExt;

use super::names::kebab;
use crate::args::{Args, Path, Slot, report_flaw};
use crate::errors::{Code, Errors};
use crate::item::{Method, Trait, inherited};
use crate::model::{Route, Verb};
use crate::route::Template;

/// The routes given so far.
#[derive(Default)]
pub(super) struct Taken {
    owners: Vec<Owner>,
}

struct Owner {
    verb: Verb,
    template: Template,
    method: String,
    is_conditional: bool,
}

/// A parameter of a path, and where it was written.
pub(super) struct PathParameter {
    pub(super) name: String,
    pub(super) at: LitStr,
}

/// The route of a method and the parameters of its path.
pub(super) fn check(
    item: &Trait,
    method: &Method,
    args: &Args,
    taken: &mut Taken,
    errors: &mut Errors,
) -> (Route, Vec<PathParameter>) {
    let (verb, slot) = if matches!(args.post, Slot::Unset) {
        (Verb::Get, &args.get)
    } else {
        (Verb::Post, &args.post)
    };
    let written = slot.get();
    let at = written.map_or(method.sig.ident.span(), |path| path.literal.span());
    let is_known = !slot.is_refused() && !args.path.is_refused();
    let found = whole(item, method, written, args.path.get(), at, errors);
    let Some(template) = found.filter(|_| is_known) else {
        return (unknown(verb), Vec::new());
    };
    let owner = Owner {
        verb,
        template: template.clone(),
        method: method.sig.ident.unraw().to_string(),
        is_conditional: !inherited(&method.attrs, &["cfg"]).is_empty(),
    };
    taken.add(owner, at, errors);
    let route = Route {
        verb,
        path: template.text().to_owned(),
    };
    (route, parameters(written, args.path.get()))
}

/// Stands for a route that was refused. It is never served, since the mistake is reported.
fn unknown(verb: Verb) -> Route {
    Route {
        verb,
        path: "/".to_owned(),
    }
}

/// The path of the method below the prefix of its trait.
fn whole(
    item: &Trait,
    method: &Method,
    written: Option<&Path>,
    prefix: Option<&Path>,
    at: Span,
    errors: &mut Errors,
) -> Option<Template> {
    let own = match written {
        Some(path) => Ok(path.template.clone()),
        None => Template::parse(&format!(
            "/{}/{}",
            kebab(&item.ident.unraw().to_string()),
            kebab(&method.sig.ident.unraw().to_string()),
        )),
    };
    let whole = own.and_then(|own| match prefix {
        Some(prefix) => own.below(&prefix.template),
        None => Ok(own),
    });
    whole
        .map_err(|flaw| report_flaw(flaw, &LitStr::new("", at), errors))
        .ok()
}

fn parameters(written: Option<&Path>, prefix: Option<&Path>) -> Vec<PathParameter> {
    let each = |path: &Path| {
        let at = path.literal.clone();
        let names = path.template.parameters().to_vec();
        names
            .into_iter()
            .map(move |name| PathParameter {
                name,
                at: at.clone(),
            })
            .collect::<Vec<_>>()
    };
    prefix.into_iter().chain(written).flat_map(each).collect()
}

impl Taken {
    /// Adds a route, and reports if it is taken. The same path may have one `get` and one `post`.
    fn add(&mut self, new: Owner, at: Span, errors: &mut Errors) {
        let clash = self.owners.iter().find(|other| other.clashes_with(&new));
        if let Some(other) = clash {
            let at = LitStr::new("", at);
            let (path, method) = (other.template.text(), &other.method);
            if other.template.competes_with(&new.template) {
                errors.report(
                    Code::RouteTwice,
                    &at,
                    format_args!(
                        "`{}` and `{path}` of `{method}` take the same requests",
                        new.template.text()
                    ),
                    "let the paths differ before `{*…}`",
                );
            } else if other.verb == new.verb {
                errors.report(
                    Code::RouteTwice,
                    &at,
                    format_args!(
                        "`{} {path}` is already the route of `{method}`",
                        verb(new.verb)
                    ),
                    "give each method its own path",
                );
            } else {
                errors.report(
                    Code::ParameterRenamed,
                    &at,
                    format_args!(
                        "this is the path `{path}` of `{method}` with other names of parameters"
                    ),
                    format_args!("write `{path}` for both"),
                );
            }
        }
        self.owners.push(new);
    }
}

impl Owner {
    fn clashes_with(&self, other: &Self) -> bool {
        let never_together = self.is_conditional && other.is_conditional;
        let (a, b) = (&self.template, &other.template);
        let same_route = a.is_like(b) && (self.verb == other.verb || a.text() != b.text());
        !never_together && (same_route || a.competes_with(b))
    }
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
    }
}
