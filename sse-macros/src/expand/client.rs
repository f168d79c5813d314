//! `<Trait>Client`: what asks a service for its streams.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use super::{Scope, adopted};
use crate::docs;
use crate::model::{Client, Endpoint, Method, Names, Service};

/// The client, where a method has one.
pub(super) fn expand(scope: &Scope, service: &Service) -> Option<TokenStream> {
    let Scope { rt, p, client, .. } = scope;
    let Service { vis, inherited, .. } = service;
    let condition = condition_of_type(service)?;
    let methods = service.methods.iter().filter_map(|method| {
        let asked = method.client.as_ref()?;
        Some(call(
            scope,
            service,
            method,
            asked,
            method.endpoint.as_ref()?,
        ))
    });
    let about = docs::client(service);
    Some(quote! {
        #p::if_client! {
            #(#inherited)*
            #condition
            #[doc = #about]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #[allow(dead_code)]
            #vis struct #client {
                service: #rt::client::Service,
            }

            #(#inherited)*
            #condition
            #[allow(dead_code, private_bounds, private_interfaces)]
            impl #client {
                /// A client of the service at `base`, the URL that its paths are below.
                ///
                /// # Errors
                /// When `base` is no URL of http or https.
                #vis fn new(
                    base: impl ::core::convert::AsRef<str>,
                ) -> ::core::result::Result<Self, #rt::client::InvalidRequest> {
                    #rt::client::Service::new(base).map(|service| Self { service })
                }

                /// The same, with a client that has settings of its own.
                ///
                /// # Errors
                /// When `base` is no URL of http or https.
                #vis fn with(
                    client: #rt::client::Client,
                    base: impl ::core::convert::AsRef<str>,
                ) -> ::core::result::Result<Self, #rt::client::InvalidRequest> {
                    #rt::client::Service::with(client, base).map(|service| Self { service })
                }

                #(#methods)*
            }
        }
    })
}

/// ```text
/// pub fn stream(&self, payload: &StreamPayload) -> Events<NotificationsStream, Notification> {
///     self.service.events(request::of(NotificationsStream::DESCRIPTOR, payload))
/// }
/// ```
fn call(
    scope: &Scope,
    service: &Service,
    method: &Method,
    asked: &Client,
    endpoint: &Endpoint,
) -> TokenStream {
    let Scope { rt, p, .. } = scope;
    let vis = &service.vis;
    let Names {
        cfgs,
        deprecated,
        docs,
        method: name,
        endpoint: ident,
    } = &method.names;
    let condition = condition(asked);
    let about = docs::call(endpoint);
    let event = adopted(&endpoint.event);
    let allow = (!deprecated.is_empty()).then(|| quote!(#[allow(deprecated)]));
    let (parameter, payload, bound) = match endpoint.payload() {
        Some(payload) => {
            let payload = adopted(payload);
            (
                quote!(payload: &#payload),
                quote!(&payload),
                // Of any lifetime, so that it is asked for where the method is called.
                quote!(where for<'__p> &'__p #payload: #p::Payload),
            )
        }
        None => (quote!(), quote!(&#p::NoPayload {}), quote!()),
    };
    quote! {
        #(#cfgs)*
        #condition
        #(#deprecated)*
        #allow
        #(#docs)*
        #[doc = #about]
        #vis fn #name(&self, #parameter) -> #rt::client::Events<#ident, #event>
        #bound
        {
            self.service.events(#rt::request::of(<#ident as #rt::Described>::DESCRIPTOR, #payload))
        }
    }
}

/// What a feature of the user's crate makes there.
pub(super) fn condition(Client { feature }: &Client) -> Option<TokenStream> {
    feature
        .as_ref()
        .map(|feature| quote!(#[cfg(feature = #feature)]))
}

/// When the type is there; `None` where nobody asks for it.
fn condition_of_type(service: &Service) -> Option<TokenStream> {
    let asked: Vec<&Client> = service
        .methods
        .iter()
        .filter_map(|method| method.client.as_ref())
        .collect();
    let features: Vec<&LitStr> = asked
        .iter()
        .filter_map(|client| client.feature.as_ref())
        .collect();
    if asked.is_empty() {
        None
    } else if features.len() < asked.len() {
        Some(TokenStream::new())
    } else {
        Some(quote!(#[cfg(any(#(feature = #features),*))]))
    }
}

/// The client of a trait that is refused, where one is asked for.
pub(crate) fn shell(scope: &Scope, service: &Service) -> Option<TokenStream> {
    let Scope { rt, p, client, .. } = scope;
    let vis = &service.vis;
    let condition = condition_of_type(service)?;
    Some(quote! {
        #p::if_client! {
            #condition
            #[allow(dead_code, missing_docs)]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #vis struct #client {}
            #condition
            #[allow(dead_code, missing_docs)]
            impl #client {
                #vis fn new<T>(_base: T) -> ::core::result::Result<Self, #rt::client::InvalidRequest> {
                    loop {}
                }
                #vis fn with<T>(
                    _client: #rt::client::Client,
                    _base: T,
                ) -> ::core::result::Result<Self, #rt::client::InvalidRequest> {
                    loop {}
                }
            }
        }
    })
}
