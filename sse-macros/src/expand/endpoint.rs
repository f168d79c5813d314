//! The endpoint of a method: its description, and how its events are written.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{Scope, between, client, decode, descriptor, located};
use crate::docs;
use crate::model::{
    Content, Data, Done, Endpoint, EventName, Field, Form, Method, Names, Scalar, Service, Source,
};

pub(super) fn expand(scope: &Scope, service: &Service, method: &Method) -> TokenStream {
    let Service { vis, inherited, .. } = service;
    let Names {
        cfgs,
        deprecated,
        docs,
        endpoint: ident,
        ..
    } = &method.names;
    let about = docs::endpoint(service, method);
    let conditions = quote!(#(#inherited)* #(#cfgs)*);
    let allowed = (!deprecated.is_empty()).then(|| quote!(#[allow(deprecated)]));
    let conditions_of_impls = quote!(#conditions #allowed);
    let parts = match &method.endpoint {
        Some(endpoint) => {
            let described = descriptor::expand(scope, service, method, endpoint);
            let encoded = encoded(scope, ident, endpoint);
            let log_ids = log_ids(scope, ident, endpoint);
            let checks = payload_fields(endpoint).map(|checks| quote!(#conditions #checks));
            let decoded = method.client.as_ref().map(|client| {
                let feature = client::condition(client);
                let decoded = decode::expand(scope, ident, endpoint);
                quote!(#conditions_of_impls #feature #decoded)
            });
            quote! {
                #conditions_of_impls
                #described
                #conditions_of_impls
                #encoded
                #conditions_of_impls
                #log_ids
                #checks
                #decoded
            }
        }
        None => shell(scope, ident, &conditions_of_impls),
    };
    quote! {
        #(#inherited)*
        #(#cfgs)*
        #(#deprecated)*
        #[doc = #about]
        #(#docs)*
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #[allow(dead_code)]
        #vis struct #ident;
        #parts
    }
}

/// All that an endpoint is, for a method that is refused: whoever publishes through it has no
/// mistake to be told of.
pub(crate) fn shell(scope: &Scope, ident: &Ident, conditions: &TokenStream) -> TokenStream {
    let Scope { rt, .. } = scope;
    quote! {
        #conditions
        impl #rt::Described for #ident {
            const DESCRIPTOR: &'static #rt::Descriptor = &#rt::Descriptor::get("", "", "/");
        }
        #conditions
        impl<T> #rt::Endpoint<T> for #ident {
            fn encode(
                _: &T,
                _: &mut #rt::Frame<'_>,
            ) -> ::core::result::Result<(), #rt::EncodeError> {
                loop {}
            }
        }
        #conditions
        impl #rt::LogIds<true> for #ident {}
    }
}

/// `impl Endpoint<T> for …`: one line a role, each a call that says what its field must be.
fn encoded(scope: &Scope, ident: &Ident, endpoint: &Endpoint) -> TokenStream {
    let Scope { rt, p, .. } = scope;
    let event = &endpoint.event;
    let roles = &endpoint.roles;
    // In the order in which they stand on the wire.
    let id = roles.id.as_ref().map(|Scalar { text, field }| {
        let call = if *text { quote!(id_text) } else { quote!(id) };
        role(scope, field, &call)
    });
    let name = roles.name.as_ref().map(|name| match name {
        EventName::Field(field) => role(scope, field, &quote!(event)),
        EventName::Constant(name) => quote!(#p::event_name!(__frame, #name);),
    });
    let retry = roles
        .retry
        .as_ref()
        .map(|field| role(scope, field, &quote!(retry)));
    let data = roles.data.as_ref().map(|data| content(scope, data, event));
    let key = key(scope, endpoint);
    let ends = ends(endpoint);
    let data_form = data_form(scope, endpoint);
    let variants = variants(p, endpoint);
    quote! {
        impl #rt::Endpoint<#event> for #ident {
            #[allow(unused_variables)]
            fn encode(
                __event: &#event,
                __frame: &mut #rt::Frame<'_>,
            ) -> ::core::result::Result<(), #rt::EncodeError> {
                #id
                #name
                #retry
                #data
                ::core::result::Result::Ok(())
            }
            #key
            #ends
            #data_form
            #variants
        }
    }
}

/// Whether a log may give the ids. Where a field is mapped, its type says so: it is picked in a
/// closure that is never called, as in a constant no method of a trait can be.
fn log_ids(scope: &Scope, ident: &Ident, endpoint: &Endpoint) -> TokenStream {
    let Scope { rt, p, .. } = scope;
    let event = &endpoint.event;
    let Some(Scalar { text, field }) = &endpoint.roles.id else {
        return quote!(impl #rt::LogIds<true> for #ident {});
    };
    let from_log = if *text {
        quote!(false)
    } else {
        let bound = bound(field);
        quote! {
            #p::from_log(|__event: &#event| {
                #[allow(unused_imports)]
                use #p::pick_id::*;
                #bound
                (&&#p::Pick(__field)).kind()
            })
        }
    };
    // Said to stand at the field, which is what keeps a log from giving the ids.
    let at = field.ident().span();
    between(
        quote!(impl #rt::LogIds<{ #from_log }> for #ident {}),
        at,
        at,
    )
}

/// The field is bound first: where it does not exist, that is all rustc has to say of it.
fn bound(field: &Field) -> TokenStream {
    let ident = field.ident();
    quote_spanned!(located(ident.span())=> let __field = &(*__event).#ident;)
}

fn role(scope: &Scope, field: &Field, call: &TokenStream) -> TokenStream {
    let bound = bound(field);
    let at = located(field.ident().span());
    let p = scope.p_at(at);
    let call = between(quote!(#call), at, at);
    quote_spanned!(at=> #bound #p::#call(__frame, __field)?;)
}

fn content(scope: &Scope, data: &Content, event: &Type) -> TokenStream {
    let at = located(event.span());
    let p = scope.p_at(at);
    match data {
        Content::Event => quote_spanned! {at=>
            {
                #[allow(unused_imports)]
                use #p::pick_event::*;
                (&&&&#p::Pick(__event)).kind().write(__frame, __event)?;
            }
        },
        Content::Field(Data { form, field }) => match form {
            Form::Json => role(scope, field, &quote!(data_json)),
            Form::Text => role(scope, field, &quote!(data_text)),
            Form::ByType => {
                let bound = bound(field);
                let at = located(field.ident().span());
                let p = scope.p_at(at);
                quote_spanned! {at=>
                    #bound
                    {
                        #[allow(unused_imports)]
                        use #p::pick_field::*;
                        (&&&&#p::Pick(__field)).kind().write(__frame, __field)?;
                    }
                }
            }
        },
        Content::Variants { tag, field } => {
            let (bound, value, at) = match field {
                Some(field) => {
                    let at = located(field.ident().span());
                    (bound(field), quote_spanned!(at=> __field), at)
                }
                None => (TokenStream::new(), quote_spanned!(at=> __event), at),
            };
            let p = scope.p_at(at);
            match tag {
                Some(tag) => {
                    quote_spanned!(at=> #bound #p::variants_tagged(__frame, #tag, #value)?;)
                }
                None => quote_spanned!(at=> #bound #p::variants(__frame, #value)?;),
            }
        }
    }
}

/// What the event is about, for those who publish it.
fn key(scope: &Scope, endpoint: &Endpoint) -> Option<TokenStream> {
    let Scope { rt, p, .. } = scope;
    let event = &endpoint.event;
    let Scalar { text, field } = endpoint.roles.key.as_ref()?;
    let call = if *text { quote!(key_text) } else { quote!(key) };
    let bound = bound(field);
    let at = located(field.ident().span());
    let (p_at, call) = (scope.p_at(at), between(call, at, at));
    let written = quote_spanned!(at=> #p_at::#call(__key, __field));
    Some(quote! {
        fn key(
            __event: &#event,
            __key: &mut #p::String,
        ) -> ::core::result::Result<bool, #rt::EncodeError> {
            #bound
            #written
        }
    })
}

/// A `match` on the variants, so that rustc itself says which one there is not.
fn ends(endpoint: &Endpoint) -> Option<TokenStream> {
    let (Some(Done::Variants(variants)), Type::Path(path)) = (&endpoint.done, &endpoint.event)
    else {
        return None;
    };
    let event = &endpoint.event;
    let mut of = path.path.clone();
    if let Some(last) = of.segments.last_mut() {
        last.arguments = syn::PathArguments::None;
    }
    Some(quote! {
        fn ends(__event: &#event) -> bool {
            ::core::matches!(__event, #(#of::#variants { .. })|*)
        }
    })
}

/// In which form the data is, where it is not JSON in any case: picked as where it is written, in a
/// closure that is never called.
fn data_form(scope: &Scope, endpoint: &Endpoint) -> Option<TokenStream> {
    let p = &scope.p;
    let event = &endpoint.event;
    let form = match endpoint.roles.data.as_ref()? {
        Content::Event => quote! {
            #p::data_form(|__event: &#event| {
                #[allow(unused_imports)]
                use #p::pick_event::*;
                (&&&&#p::Pick(__event)).kind()
            })
        },
        Content::Field(Data { form, field }) => match form {
            Form::Json => return None,
            Form::Text => quote!(#p::DataForm::Text),
            Form::ByType => {
                let bound = bound(field);
                quote! {
                    #p::data_form(|__event: &#event| {
                        #[allow(unused_imports)]
                        use #p::pick_field::*;
                        #bound
                        (&&&&#p::Pick(__field)).kind()
                    })
                }
            }
        },
        Content::Variants { .. } => return None,
    };
    Some(quote! {
        fn data_form() -> #p::DataForm {
            #form
        }
    })
}

/// What serde says of the variants, so that the router can check them when it is built.
fn variants(p: &TokenStream, endpoint: &Endpoint) -> Option<TokenStream> {
    let Some(Content::Variants { field: None, .. }) = &endpoint.roles.data else {
        return None;
    };
    let event = &endpoint.event;
    Some(quote! {
        fn variants() -> ::core::option::Option<&'static [&'static str]> {
            #[allow(unused_imports)]
            use #p::pick_variants::*;
            (&#p::Probe::<#event>::new()).names()
        }
    })
}

/// Whether the payload has the fields that sources fill. Serde would only know when a request has
/// come.
fn payload_fields(endpoint: &Endpoint) -> Option<TokenStream> {
    let payload = endpoint
        .payload()
        .filter(|_| !endpoint.sources.is_empty())?;
    let fields = endpoint.sources.iter().map(|Source { field, .. }| {
        let ident = field.ident();
        quote_spanned!(located(ident.span())=> let _ = &(*__payload).#ident;)
    });
    Some(quote! {
        const _: () = {
            #[allow(dead_code)]
            fn has_fields(__payload: &#payload) {
                #(#fields)*
            }
        };
    })
}
