//! Doc comments: those of the user as text, and those of what is generated.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::model::{Endpoint, Method, Service, StreamTrait, Verb};

/// The text of `docs` as one expression of type `&'static str`.
pub(crate) fn text(docs: &[Attribute]) -> Option<TokenStream> {
    let parts: Vec<&Expr> = docs.iter().filter_map(line).collect();
    let mut lines = Vec::with_capacity(parts.len());
    for part in &parts {
        let Expr::Lit(ExprLit {
            lit: Lit::Str(line),
            ..
        }) = part
        else {
            // `#[doc = include_str!(…)]` and the like are put together by the compiler.
            return Some(quote!(::core::concat!(#(#parts, "\n"),*)));
        };
        lines.push(line.value());
    }
    (!lines.is_empty()).then(|| lines.join("\n").to_token_stream())
}

fn line(attr: &Attribute) -> Option<&Expr> {
    match &attr.meta {
        Meta::NameValue(pair) => Some(&pair.value),
        Meta::Path(_) | Meta::List(_) => None,
    }
}

pub(crate) fn server(service: &Service) -> String {
    let name = service.ident.unraw();
    format!(
        "Serves a [`{name}`].\n\n[`into_router`](Self::into_router) has all its routes. Each \
         method here is one of them, for routers that are put together by hand."
    )
}

/// What is said of the endpoint before the user's own words about the method.
pub(crate) fn endpoint(service: &Service, method: &Method) -> String {
    let name = link(service, &method.names.method);
    let route = method.endpoint.as_ref().map(request);
    let route = route.map_or_else(String::new, |route| format!(", `{route}`"));
    format!("The endpoint of {name}{route}.\n\n")
}

/// What is said of the route after the user's own words about the method.
pub(crate) fn route(endpoint: &Endpoint) -> String {
    format!("\n\nThe route of `{}`.", request(endpoint))
}

pub(crate) fn client(service: &Service) -> String {
    let name = service.ident.unraw();
    format!(
        "Reads the streams of a service that serves [`{name}`].\n\nEach method is that of the trait: it takes \
         the payload, and gives a stream of events that connects again by itself."
    )
}

/// What is said of the call after the user's own words about the method.
pub(crate) fn call(endpoint: &Endpoint) -> String {
    format!(
        "\n\nReads `{}`. It connects when it is first polled.",
        request(endpoint)
    )
}

pub(crate) fn stream(service: &Service, stream: &StreamTrait) -> String {
    let name = link(service, &stream.method);
    format!("The stream that {name} sends to: every `ServerStream<T>` is one.")
}

fn link(service: &Service, method: &syn::Ident) -> String {
    format!("[`{}::{}`]", service.ident.unraw(), method.unraw())
}

/// `GET /topics/{topic}/events`.
fn request(endpoint: &Endpoint) -> String {
    let verb = match endpoint.route.verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
    };
    format!("{verb} {}", endpoint.route.path)
}
