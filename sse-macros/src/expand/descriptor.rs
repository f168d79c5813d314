//! What an endpoint says of itself: the attribute as a constant.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::Scope;
use crate::docs;
use crate::model::{
    Content, Data, Done, Endpoint, EventName, Form, From, Method, Period, Scalar, Service, Source,
    Verb,
};

pub(super) fn expand(
    scope: &Scope,
    service: &Service,
    method: &Method,
    endpoint: &Endpoint,
) -> TokenStream {
    let Scope { rt, .. } = scope;
    let ident = &method.names.endpoint;
    let says = descriptor(scope, service, method, endpoint);
    quote! {
        impl #rt::Described for #ident {
            const DESCRIPTOR: &'static #rt::Descriptor = &#says;
        }
    }
}

fn descriptor(
    scope: &Scope,
    service: &Service,
    method: &Method,
    endpoint: &Endpoint,
) -> TokenStream {
    let Scope { rt, .. } = scope;
    let verb = match endpoint.route.verb {
        Verb::Get => quote!(get),
        Verb::Post => quote!(post),
    };
    let path = &endpoint.route.path;
    let of_trait = plain(&service.ident);
    let of_method = plain(&method.names.method);
    let mut calls = quote!(#rt::Descriptor::#verb(#of_trait, #of_method, #path));
    let mut say = |call: TokenStream| calls.extend(call);
    if let Some(text) = docs::text(&service.docs) {
        say(quote!(.service_docs(#text)));
    }
    if let Some(text) = docs::text(&method.names.docs) {
        say(quote!(.docs(#text)));
    }
    if !method.names.deprecated.is_empty() {
        say(quote!(.deprecated()));
    }
    if endpoint.payload().is_some() {
        let sources = endpoint.sources.iter().map(|source| source_of(rt, source));
        say(quote!(.payload(&[#(#sources),*])));
    }
    roles(endpoint, &mut say);
    match &endpoint.done {
        Some(Done::Flag) => say(quote!(.done())),
        Some(Done::Text(text)) => say(quote!(.done_text(#text))),
        Some(Done::Variants(variants)) => {
            let names = variants.iter().map(plain);
            say(quote!(.done_variants(&[#(#names),*])));
        }
        None => {}
    }
    let periods = [
        (quote!(keep_alive), endpoint.keep_alive),
        (quote!(reconnection_time), endpoint.reconnection_time),
        (quote!(open_after), endpoint.open_after),
    ];
    for (name, period) in periods {
        let Some(period) = period else { continue };
        let period = option(period.map(
            |Period(milliseconds)| quote!(::core::time::Duration::from_millis(#milliseconds)),
        ));
        say(quote!(.#name(#period)));
    }
    if let Some(name) = &endpoint.ping_event {
        say(quote!(.ping_event(#name)));
    }
    if let Some(name) = &endpoint.error_event {
        let name = option(name.as_ref().map(ToTokens::to_token_stream));
        say(quote!(.error_event(#name)));
    }
    calls
}

fn roles(endpoint: &Endpoint, say: &mut dyn FnMut(TokenStream)) {
    let roles = &endpoint.roles;
    match &roles.data {
        Some(Content::Field(Data { form, field })) => {
            let field = field.name();
            say(match form {
                Form::ByType => quote!(.data(#field)),
                Form::Json => quote!(.data_json(#field)),
                Form::Text => quote!(.data_text(#field)),
            });
        }
        Some(Content::Variants { tag, field }) => {
            say(match tag {
                Some(tag) => quote!(.variants_tagged(#tag)),
                None => quote!(.variants()),
            });
            if let Some(field) = field {
                let field = field.name();
                say(quote!(.data(#field)));
            }
        }
        Some(Content::Event) | None => {}
    }
    match &roles.name {
        Some(EventName::Field(field)) => {
            let field = field.name();
            say(quote!(.event(#field)));
        }
        Some(EventName::Constant(name)) => say(quote!(.event_name(#name))),
        None => {}
    }
    if let Some(Scalar { text, field }) = &roles.id {
        let field = field.name();
        say(if *text {
            quote!(.id_text(#field))
        } else {
            quote!(.id(#field))
        });
    }
    if let Some(field) = &roles.retry {
        let field = field.name();
        say(quote!(.retry(#field)));
    }
    if let Some(Scalar { text, field }) = &roles.key {
        let field = field.name();
        say(if *text {
            quote!(.key_text(#field))
        } else {
            quote!(.key(#field))
        });
    }
}

fn source_of(rt: &Ident, Source { field, from }: &Source) -> TokenStream {
    let field = field.name();
    match from {
        From::Path => quote!(#rt::Source::path(#field)),
        From::LastEventId => quote!(#rt::Source::last_event_id(#field)),
        From::Header(name) => quote!(#rt::Source::header(#field, #name)),
        From::Cookie(name) => quote!(#rt::Source::cookie(#field, #name)),
    }
}

fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
