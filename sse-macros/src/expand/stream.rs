//! `<Method>ServerStream<T>`: the name under which a method says of what its stream is.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{Scope, between, located};
use crate::docs;
use crate::model::{Service, StreamTrait};

/// The stream traits that methods of `service` say.
pub(crate) fn traits(scope: &Scope, service: &Service) -> TokenStream {
    service
        .streams
        .iter()
        .map(|stream| expand(scope, service, stream))
        .collect()
}

/// ```text
/// pub trait StreamServerStream<T: Send + 'static>: ServerStream<T> {}
/// impl<T: Send + 'static, S: ServerStream<T>> StreamServerStream<T> for S {}
/// ```
fn expand(scope: &Scope, service: &Service, stream: &StreamTrait) -> TokenStream {
    let Scope { rt, .. } = scope;
    let Service { vis, inherited, .. } = service;
    let StreamTrait { ident, cfgs, .. } = stream;
    let docs = docs::stream(service, stream);
    // Two traits of one module that have a method of one name clash at this word.
    let at = located(ident.span());
    let (vis, ident) = (
        between(quote!(#vis), at, at),
        between(quote!(#ident), at, at),
    );
    let rt = between(quote!(#rt), at, at);
    let stream = quote_spanned! {at=>
        #vis trait #ident<T: ::core::marker::Send + 'static>: #rt::ServerStream<T> {}
    };
    quote! {
        #(#inherited)*
        #(#cfgs)*
        #[doc = #docs]
        #stream
        #(#inherited)*
        #(#cfgs)*
        impl<T: ::core::marker::Send + 'static, S: #rt::ServerStream<T>> #ident<T> for S {}
    }
}
