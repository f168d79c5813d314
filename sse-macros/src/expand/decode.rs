//! How a client rebuilds the events of an endpoint.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{PathArguments, Type};

use super::{Scope, adopted, between, located};
use crate::model::{Content, Data, Endpoint, EventName, Field, Form, Scalar};

/// `impl Decode<T> for …`. Nothing where it is not known what the data is.
///
/// ```text
/// impl Decode<Notification> for NotificationsStream {
///     fn decode(message: &Message<'_>) -> Result<Decoded<Notification>, DecodeEventError> {
///         decoded(|| Ok(Notification { id: read_id(message)?, message: … }))
///     }
/// }
/// ```
pub(super) fn expand(scope: &Scope, ident: &Ident, endpoint: &Endpoint) -> Option<TokenStream> {
    let Scope { rt, p, .. } = scope;
    let event = &endpoint.event;
    let read = match endpoint.roles.data.as_ref()? {
        Content::Event => whole(scope, endpoint, &picked_event(scope, endpoint)),
        Content::Variants { tag, field: None } => {
            whole(scope, endpoint, &variants(scope, tag, event))
        }
        Content::Variants {
            tag,
            field: Some(field),
        } => parts(scope, endpoint, field, &variants(scope, tag, field.ident()))?,
        Content::Field(data) => parts(scope, endpoint, &data.field, &data_of(scope, event, data))?,
    };
    Some(quote! {
        impl #rt::Decode<#event> for #ident {
            fn decode(
                __message: &#rt::wire::Message<'_>,
            ) -> ::core::result::Result<#rt::Decoded<#event>, #rt::DecodeEventError> {
                #p::decoded(|| { #read })
            }
        }
    })
}

/// An event of its fields. One that is not on the wire is rustc's own "missing field", at the type.
fn parts(
    scope: &Scope,
    endpoint: &Endpoint,
    data: &Field,
    read_data: &TokenStream,
) -> Option<TokenStream> {
    let Type::Path(path) = &endpoint.event else {
        // It has no fields: what is written already says so.
        return None;
    };
    let mut literal = path.clone();
    if let Some(last) = literal.path.segments.last_mut() {
        last.arguments = PathArguments::None;
    }
    let literal = adopted(&literal);
    let roles = &endpoint.roles;
    let check = match (&roles.name, &roles.data) {
        (Some(EventName::Field(_)), _) | (_, Some(Content::Variants { .. })) => None,
        _ => {
            let named = named(scope, endpoint);
            Some(quote!(#named.check(__message)?;))
        }
    };
    // The name first, and data that is named by it: a name that is not known says that the rest need
    // not be read.
    let name = name_field(endpoint).map(|field| read(scope, field, &quote!(read_event)));
    let id = roles.id.as_ref().map(|Scalar { text, field }| {
        let call = if *text {
            quote!(read_id_text)
        } else {
            quote!(read_id)
        };
        read(scope, field, &call)
    });
    let retry = roles.retry.as_ref();
    let retry = retry.map(|field| read(scope, field, &quote!(read_retry)));
    let data = data.ident();
    Some(quote! {
        #check
        ::core::result::Result::Ok(#literal {
            #name
            #data: #read_data?,
            #id
            #retry
        })
    })
}

/// `field: call(message)?,`, at the field.
fn read(scope: &Scope, field: &Field, call: &TokenStream) -> TokenStream {
    let ident = field.ident();
    let at = located(ident.span());
    let p = scope.p_at(at);
    let call = between(quote!(#call), at, at);
    quote_spanned!(at=> #ident: #p::#call(__message)?,)
}

fn data_of(scope: &Scope, event: &Type, Data { form, field }: &Data) -> TokenStream {
    let ident = field.ident();
    let at = located(ident.span());
    let p = scope.p_at(at);
    match form {
        Form::Json => quote_spanned!(at=> #p::read_data_json(__message)),
        Form::Text => quote_spanned!(at=> #p::read_data_text(__message)),
        Form::ByType => quote_spanned! {at=>
            #p::picked(|__event: &#event| {
                #[allow(unused_imports)]
                use #p::pick_field::*;
                let __field = &(*__event).#ident;
                (&&&&#p::Pick(__field)).kind()
            })
            .read(__message)
        },
    }
}

fn variants(scope: &Scope, tag: &Option<syn::LitStr>, at: &dyn quote::ToTokens) -> TokenStream {
    let (first, _) = super::ends(at);
    let at = located(first);
    let p = scope.p_at(at);
    match tag {
        Some(tag) => quote_spanned!(at=> #p::read_variants_tagged(__message, #tag)),
        None => quote_spanned!(at=> #p::read_variants(__message)),
    }
}

fn picked_event(scope: &Scope, endpoint: &Endpoint) -> TokenStream {
    let event = &endpoint.event;
    let at = located(event.span());
    let p = scope.p_at(at);
    let named = named(scope, endpoint);
    quote_spanned! {at=>
        #p::picked(|__event: &#event| {
            #[allow(unused_imports)]
            use #p::pick_event::*;
            (&&&&#p::Pick(__event)).kind()
        })
        .read_whole(__message, #named)
    }
}

/// What an event must be called to be one of the endpoint's.
fn named(scope: &Scope, endpoint: &Endpoint) -> TokenStream {
    let p = &scope.p;
    match &endpoint.roles.name {
        Some(EventName::Field(_)) => quote!(#p::Named::ByField),
        Some(EventName::Constant(name)) => quote!(#p::Named::Always(#name)),
        None => quote!(#p::Named::Never),
    }
}

fn name_field(endpoint: &Endpoint) -> Option<&Field> {
    match &endpoint.roles.name {
        Some(EventName::Field(field)) => Some(field),
        Some(EventName::Constant(_)) | None => None,
    }
}

/// An event that is all in its data. What its other lines say holds over what is in there.
fn whole(scope: &Scope, endpoint: &Endpoint, read: &TokenStream) -> TokenStream {
    let event = &endpoint.event;
    let roles = &endpoint.roles;
    let fill = |field: &Field, call: TokenStream, from: TokenStream| {
        let ident = field.ident();
        let at = located(ident.span());
        let p = scope.p_at(at);
        let call = between(call, at, at);
        quote_spanned!(at=> #p::#call(&mut __event.#ident, #from))
    };
    let mut before = TokenStream::new();
    let mut after = TokenStream::new();
    if let Some(field) = name_field(endpoint) {
        let ident = field.ident();
        let at = located(ident.span());
        let p = scope.p_at(at);
        before.extend(quote_spanned! {at=>
            let __name = #p::own_event(__message, |__event: &#event| &(*__event).#ident)?;
        });
        let fill = fill(field, quote!(fill), quote!(__name));
        after.extend(quote!(#fill;));
    }
    if let Some(Scalar { text, field }) = &roles.id {
        let call = if *text {
            quote!(fill_id_text)
        } else {
            quote!(fill_id)
        };
        let fill = fill(field, call, quote!(__message));
        after.extend(quote!(#fill?;));
    }
    if let Some(field) = &roles.retry {
        let fill = fill(field, quote!(fill_retry), quote!(__message));
        after.extend(quote!(#fill?;));
    }
    if after.is_empty() {
        return read.clone();
    }
    quote! {
        #before
        let mut __event: #event = #read?;
        #after
        ::core::result::Result::Ok(__event)
    }
}
