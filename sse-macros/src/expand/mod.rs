//! From the model to tokens, and nothing else: what cannot be made is not in the model.
//!
//! All names are absolute, so that whatever the user's module calls `Result` or `Send` does not
//! matter. An endpoint is a constant and a few calls into the runtime.

mod client;
mod decode;
mod descriptor;
mod endpoint;
mod server;
mod service;
mod stream;
mod visit;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Meta};

use crate::item::Trait;
use crate::model::Service;

pub(crate) use client::shell as client_shell;
pub(crate) use endpoint::shell as endpoint_shell;
pub(crate) use server::shell as route_shell;
pub(crate) use service::as_written as trait_as_written;
pub(crate) use stream::traits as stream_traits;

/// The names that everything generated for one trait uses.
pub(crate) struct Scope {
    /// The runtime, as [`Scope::import`] calls it.
    pub(crate) rt: Ident,
    /// What only generated code may name of it.
    pub(crate) p: TokenStream,
    /// `<Trait>Server`.
    pub(crate) server: Ident,
    /// `<Trait>Client`.
    pub(crate) client: Ident,
    /// The parameter of the server: the type of the service.
    pub(crate) s: Ident,
    /// The parameter of a router: the type of its state.
    pub(crate) r: Ident,
    /// The parameter of what describes endpoints: the type of the visitor.
    pub(crate) v: Ident,
}

impl Scope {
    pub(crate) fn new(item: &Trait, service: &Service) -> Self {
        let name = service.ident.unraw();
        let rt = Ident::new(&format!("__{name}Runtime"), Span::call_site());
        let at = Span::call_site().located_at(service.ident.span());
        Self {
            p: quote!(#rt::__private),
            rt,
            server: Ident::new(&format!("{name}Server"), at),
            client: Ident::new(&format!("{name}Client"), at),
            s: unused(item, "S"),
            r: unused(item, "R"),
            v: unused(item, "V"),
        }
    }
}

impl Scope {
    /// The one place that says where the runtime is, so that rustc says once if it is not there.
    pub(crate) fn import(&self, service: &Service) -> TokenStream {
        let Self { rt, .. } = self;
        let Service {
            krate, inherited, ..
        } = service;
        let (_, at) = ends(krate);
        let (krate, rt) = (adopted(krate), between(quote!(#rt), at, at));
        let import = quote_spanned!(located(at)=> use #krate as #rt;);
        quote! {
            #(#inherited)*
            #[allow(unused_imports)]
            #import
        }
    }

    /// Items that only a server needs. Where there is a client, they need not be there for it: it may be
    /// all that is wanted of the runtime.
    pub(crate) fn of_server(&self, service: &Service, items: TokenStream) -> TokenStream {
        let p = &self.p;
        if service.methods.iter().any(|method| method.client.is_some()) {
            quote!(#p::if_server! { #items })
        } else {
            items
        }
    }

    /// What only generated code may name, said to stand at `at`.
    fn p_at(&self, at: Span) -> TokenStream {
        between(self.p.clone(), at, at)
    }
}

/// Everything for `service`, which was written as `item`.
pub(crate) fn service(item: &Trait, service: &Service) -> TokenStream {
    let scope = Scope::new(item, service);
    let import = scope.import(service);
    let the_trait = service::as_written(item);
    let streams = stream::traits(&scope, service);
    let endpoints = service
        .methods
        .iter()
        .map(|method| endpoint::expand(&scope, service, method));
    let server = server::expand(&scope, service);
    let visit = visit::expand(&scope, service);
    let client = client::expand(&scope, service);
    let of_server = |items: TokenStream| scope.of_server(service, items);
    let the_trait = of_server(quote!(#the_trait #streams));
    let server = of_server(quote!(#server #visit));
    quote! {
        #import
        #the_trait
        #(#endpoints)*
        #server
        #client
    }
}

/// `letter`, with a number behind it if the methods of `item` mention something of that name: the
/// user's types are used where this is a type parameter.
fn unused(item: &Trait, letter: &str) -> Ident {
    let is_used = |name: &str| {
        item.ident == name
            || item.methods().any(|method| {
                let sig = &method.sig;
                mentions(quote!(#sig), name)
            })
    };
    let numbered = (1..).map(|n| format!("{letter}{n}"));
    let name = std::iter::once(letter.to_owned())
        .chain(numbered)
        .find(|name| !is_used(name));
    Ident::new(name.as_deref().unwrap_or(letter), Span::call_site())
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The opposite of what `cfgs` say together.
fn absent(cfgs: &[Attribute]) -> TokenStream {
    let conditions = cfgs.iter().filter_map(|cfg| match &cfg.meta {
        Meta::List(list) => Some(&list.tokens),
        Meta::Path(_) | Meta::NameValue(_) => None,
    });
    quote!(#[cfg(not(all(#(#conditions),*)))])
}

/// `tokens`, said to stand from `first` to `last`: together rustc shows them as one place.
fn between(tokens: TokenStream, first: Span, last: Span) -> TokenStream {
    let mut at = located(first);
    let respanned = tokens.into_iter().map(|mut tree| {
        tree.set_span(at);
        at = located(last);
        tree
    });
    respanned.collect()
}

/// The places of the first and the last token of what the user wrote.
fn ends(written: &dyn ToTokens) -> (Span, Span) {
    let mut spans = written
        .to_token_stream()
        .into_iter()
        .map(|tree| tree.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The user's tokens where they are, as if the macro had written them: beside tokens of the macro
/// rustc then shows the place of these and not the whole attribute. Names of types mean the same
/// wherever they come from, but for `$crate`.
fn adopted(written: &dyn ToTokens) -> TokenStream {
    let each = |tree| match tree {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), adopted(&group.stream()));
            inner.set_span(located(group.span()));
            TokenTree::Group(inner)
        }
        TokenTree::Ident(word) if word == "$crate" => TokenTree::Ident(word),
        mut other => {
            other.set_span(located(other.span()));
            other
        }
    };
    written.to_token_stream().into_iter().map(each).collect()
}

/// Location of the user's token, hygiene of the macro: messages point at what the user wrote, and
/// names are found although a `macro_rules!` wrote it.
fn located(at: Span) -> Span {
    Span::call_site().located_at(at)
}
