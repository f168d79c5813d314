//! What comes out where nothing can be made: the user's item, and the names that other code knows.
//!
//! Without them one mistake would be followed by "cannot find …" wherever the trait and its server
//! are used.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::errors::{Code, Errors};
use crate::expand::{self, Scope};
use crate::item::{Trait, without_ours};
use crate::model::Service;

/// The attribute on something that is no trait, or none that can be read.
pub(crate) fn not_a_trait(
    item: TokenStream,
    error: &syn::Error,
    errors: &mut Errors,
) -> TokenStream {
    let keyword = keyword(item.clone());
    let what = if keyword.as_ref().is_some_and(|word| word == "trait") {
        format!("this trait cannot be read: {error}")
    } else {
        "`#[server_sent_events]` stands on something that is not a trait".to_owned()
    };
    let at = keyword.map_or_else(|| item.clone(), ToTokens::into_token_stream);
    errors.report(
        Code::NotATrait,
        &at,
        what,
        "put it on a trait, whose methods are the streams",
    );
    without_ours(item)
}

/// The word that says what `item` is, as far as there is one.
fn keyword(item: TokenStream) -> Option<Ident> {
    item.into_iter().find_map(|tree| match tree {
        TokenTree::Ident(word) if is_item_keyword(&word.to_string()) => Some(word),
        _ => None,
    })
}

fn is_item_keyword(word: &str) -> bool {
    matches!(
        word,
        "trait"
            | "struct"
            | "enum"
            | "union"
            | "fn"
            | "impl"
            | "mod"
            | "const"
            | "static"
            | "type"
            | "use"
            | "macro_rules"
    )
}

/// `#[sse]` where no trait has taken it.
pub(crate) fn helper_alone(item: TokenStream, errors: &mut Errors) -> TokenStream {
    errors.report(
        Code::HelperAlone,
        // At the call site is the attribute itself.
        &Ident::new("sse", Span::call_site()),
        "`#[sse(…)]` stands outside of a trait with `#[server_sent_events]`",
        "put `#[server_sent_events]` on the trait of this method",
    );
    item
}

/// A trait that cannot be served: all names are there, and nothing behind them.
pub(crate) fn refused(item: &Trait, service: &Service) -> TokenStream {
    let written = expand::trait_as_written(item);
    let scope = Scope::new(item, service);
    let Scope { p, server, .. } = &scope;
    let import = scope.import(service);
    let vis = &service.vis;
    let streams = expand::stream_traits(&scope, service);
    let endpoints = service.methods.iter().map(|method| {
        let endpoint = &method.names.endpoint;
        let cfgs = &method.names.cfgs;
        let shell = expand::endpoint_shell(&scope, endpoint, &quote!(#(#cfgs)*));
        quote! {
            #(#cfgs)*
            #[allow(dead_code, missing_docs, missing_debug_implementations)]
            #vis struct #endpoint;
            #shell
        }
    });
    let methods = service
        .methods
        .iter()
        .map(|method| expand::route_shell(&scope, service, &method.names));
    let client = expand::client_shell(&scope, service);
    let of_server = quote! {
        #streams
        #[allow(dead_code, missing_docs, missing_debug_implementations)]
        #vis struct #server<S>(#p::Arc<S>);
        impl<S> ::core::clone::Clone for #server<S> {
            fn clone(&self) -> Self {
                loop {}
            }
        }
        #[allow(dead_code, missing_docs)]
        impl<S> #server<S> {
            #vis fn new(service: S) -> Self {
                Self(#p::Arc::new(service))
            }
            #vis fn from_arc(service: #p::Arc<S>) -> Self {
                Self(service)
            }
            #vis fn settings<Settings>(self, _settings: Settings) -> Self {
                self
            }
            #(#methods)*
            #vis fn into_router<R>(self) -> #p::Router<R>
            where
                R: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                loop {}
            }
        }
    };
    let of_server = scope.of_server(service, of_server);
    quote! {
        #import
        #written
        #(#endpoints)*
        #client
        #of_server
    }
}
