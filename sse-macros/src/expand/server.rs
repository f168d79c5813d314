//! `<Trait>Server<S>`: what serves an implementor of the trait.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;

use super::{Scope, absent, adopted, between, ends, located};
use crate::docs;
use crate::model::{Endpoint, Method, Names, Parameter, Service, Shape};

pub(super) fn expand(scope: &Scope, service: &Service) -> TokenStream {
    let Scope {
        rt, p, server, s, ..
    } = scope;
    let Service {
        vis,
        ident,
        inherited,
        methods,
        ..
    } = service;
    let about = docs::server(service);
    let name = server.to_string();
    let routes = methods
        .iter()
        .enumerate()
        .map(|(nth, method)| match &method.endpoint {
            Some(endpoint) => method_router(scope, service, nth, method, endpoint),
            None => shell(scope, service, &method.names),
        });
    let into_router = into_router(scope, service);
    let extractors = methods
        .iter()
        .enumerate()
        .filter_map(|(nth, method)| conditional_extractors(scope, service, nth, method));
    quote! {
        #(#extractors)*

        #(#inherited)*
        #[doc = #about]
        #[allow(dead_code)]
        #vis struct #server<#s> {
            server: #p::Server<#s>,
        }

        #(#inherited)*
        impl<#s> ::core::clone::Clone for #server<#s> {
            fn clone(&self) -> Self {
                Self { server: ::core::clone::Clone::clone(&self.server) }
            }
        }

        #(#inherited)*
        impl<#s> ::core::fmt::Debug for #server<#s> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name).finish_non_exhaustive()
            }
        }

        #(#inherited)*
        #[allow(dead_code, private_bounds, private_interfaces)]
        impl<#s: #ident> #server<#s> {
            /// Serves `service`.
            #vis fn new(service: #s) -> Self {
                Self::from_arc(#p::Arc::new(service))
            }

            /// Serves a service that other code has as well.
            #vis fn from_arc(service: #p::Arc<#s>) -> Self {
                Self { server: #p::Server::new(service) }
            }

            /// Replaces the settings: shutdown, limits and the like.
            #vis fn settings(self, settings: #rt::Settings) -> Self {
                Self { server: self.server.settings(settings) }
            }

            #(#routes)*

            #into_router
        }
    }
}

/// ```text
/// pub fn stream<R>(&self) -> MethodRouter<R> where … {
///     route::<NotificationsStream, Notification, StreamPayload, (Context,), R, _, _, _>(
///         &self.server,
///         |service, payload, (x0,), stream| async move { S::stream(&*service, x0, payload, stream).await },
///     )
/// }
/// ```
fn method_router(
    scope: &Scope,
    service: &Service,
    nth: usize,
    method: &Method,
    endpoint: &Endpoint,
) -> TokenStream {
    let Scope { p, s, r, .. } = scope;
    let Service { vis, ident, .. } = service;
    let Names {
        cfgs,
        deprecated,
        docs,
        method: name,
        endpoint: endpoint_ident,
    } = &method.names;
    let about = docs::route(endpoint);
    let event = &endpoint.event;
    let payload = match endpoint.payload() {
        Some(payload) => quote!(#payload),
        None => quote!(#p::NoPayload),
    };
    let extractors: Vec<&Type> = endpoint.extractors().collect();
    let names: Vec<Ident> = (0..extractors.len())
        .map(|n| format_ident!("__x{n}"))
        .collect();
    let arguments = arguments(endpoint, &names);
    let call = elsewhere(name);
    // What the method cannot return, rustc reports at the call.
    let (at, _) = ends(&endpoint.returns);
    let p_at = scope.p_at(at);
    let outcome = quote!(<#s as #ident>::#call(&*__service, #(#arguments),*).await);
    let body = match &endpoint.shape {
        Shape::Push => outcome,
        Shape::Pull => {
            let outcome = between(outcome, at, at);
            quote_spanned!(located(at)=> #p_at::pull(__stream, #outcome).await)
        }
    };
    let state = state(r);
    let bounds = bounds(scope, nth, &method.names, endpoint);
    let routed = quote_spanned! {located(at)=>
        #p_at::route::<#endpoint_ident, #event, #payload, (#(#extractors,)*), #r, _, _, _>(
            &self.server,
            |__service, __payload, (#(#names,)*), __stream| async move { #body },
        )
    };
    let allow = (!deprecated.is_empty()).then(|| quote!(#[allow(deprecated)]));
    quote! {
        #(#cfgs)*
        #(#deprecated)*
        #allow
        #(#docs)*
        #[doc = #about]
        #vis fn #name<#r>(&self) -> #p::MethodRouter<#r>
        where
            #state,
            #bounds
        {
            #routed
        }
    }
}

/// What the method is called with, in its order.
fn arguments(endpoint: &Endpoint, names: &[Ident]) -> Vec<TokenStream> {
    let mut names = names.iter();
    let argument = |parameter: &Parameter| match parameter {
        Parameter::Payload(_) => quote!(__payload),
        Parameter::Stream => quote!(__stream),
        Parameter::Extractor(_) => {
            let name = names.next();
            quote!(#name)
        }
    };
    endpoint.parameters.iter().map(argument).collect()
}

/// The name of a method, not where the user wrote it: to an editor that is the method, and not what
/// calls it.
fn elsewhere(method: &Ident) -> Ident {
    let mut method = method.clone();
    method.set_span(Span::call_site());
    method
}

fn state(r: &Ident) -> TokenStream {
    quote!(#r: ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync + 'static)
}

/// What a router's state must be able to do for the extractors of the `nth` method.
fn bounds(scope: &Scope, nth: usize, names: &Names, endpoint: &Endpoint) -> TokenStream {
    if names.cfgs.is_empty() {
        endpoint.extractors().map(|ty| bound(scope, ty)).collect()
    } else {
        bound(scope, &all_extractors(scope, nth))
    }
}

fn bound(scope: &Scope, extractor: &dyn ToTokens) -> TokenStream {
    let (first, last) = ends(extractor);
    let p = scope.p_at(first);
    let r = &scope.r;
    let extractor = adopted(extractor);
    quote_spanned! {located(last)=>
        #extractor: #p::Extractor<#r> + ::core::marker::Send + 'static,
    }
}

/// A bound cannot have a `#[cfg]`, so for a method that has one there is a type that is always
/// there: its extractors, or none.
///
/// ```text
/// #[cfg(feature = "x")]
/// type __ClockServerExtractors0 = (Context,);
/// #[cfg(not(all(feature = "x")))]
/// type __ClockServerExtractors0 = ();
/// ```
fn conditional_extractors(
    scope: &Scope,
    service: &Service,
    nth: usize,
    method: &Method,
) -> Option<TokenStream> {
    let inherited = &service.inherited;
    let endpoint = method.endpoint.as_ref()?;
    let cfgs = &method.names.cfgs;
    if cfgs.is_empty() {
        return None;
    }
    let absent = absent(cfgs);
    let extractors = endpoint.extractors();
    let alias = all_extractors(scope, nth);
    Some(quote! {
        #(#inherited)*
        #(#cfgs)*
        type #alias = (#(#extractors,)*);
        #(#inherited)*
        #absent
        type #alias = ();
    })
}

fn all_extractors(scope: &Scope, nth: usize) -> Ident {
    format_ident!("__{}Extractors{nth}", scope.server)
}

fn into_router(scope: &Scope, service: &Service) -> TokenStream {
    let Scope { p, r, .. } = scope;
    let Service { vis, methods, .. } = service;
    let served = || {
        let methods = methods.iter().enumerate();
        methods.filter_map(|(nth, method)| Some((nth, &method.names, method.endpoint.as_ref()?)))
    };
    let routes = served().map(|(_, Names { cfgs, method, .. }, endpoint)| {
        let path = &endpoint.route.path;
        let method = elsewhere(method);
        quote! {
            #(#cfgs)*
            let __router = #p::Router::route(__router, #path, Self::#method(&self));
        }
    });
    let bounds = served().map(|(nth, names, endpoint)| bounds(scope, nth, names, endpoint));
    let state = state(r);
    quote! {
        /// All routes, for a router of any state that the extractors take.
        #[allow(deprecated)]
        #vis fn into_router<#r>(self) -> #p::Router<#r>
        where
            #state,
            #(#bounds)*
        {
            let __router = #p::Router::new();
            #(#routes)*
            __router
        }
    }
}

/// The method of the server for a method that is refused.
pub(crate) fn shell(scope: &Scope, service: &Service, names: &Names) -> TokenStream {
    let Scope { p, r, .. } = scope;
    let vis = &service.vis;
    let Names { cfgs, method, .. } = names;
    let state = state(r);
    quote! {
        #(#cfgs)*
        #[allow(missing_docs, unused)]
        #vis fn #method<#r>(&self) -> #p::MethodRouter<#r>
        where
            #state,
        {
            loop {}
        }
    }
}
