//! The trait itself.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    FnArg, GenericArgument, PathArguments, ReturnType, Signature, Token, Type, TypeParamBound,
};

use super::located;
use crate::item::{Member, Method, Trait};

/// The trait, with its `async fn`s made into what says that their futures are `Send`.
pub(crate) fn as_written(item: &Trait) -> TokenStream {
    let Trait {
        attrs,
        vis,
        unsafety,
        auto_token,
        trait_token,
        ident,
        generics,
        supertraits,
        members,
        repeated: _,
    } = item;
    let (_, _, where_clause) = generics.split_for_impl();
    let members = members.iter().map(|member| match member {
        Member::Method(method) => as_future(method),
        Member::Other(tokens, _) => tokens.clone(),
    });
    let supertraits = supertraits.iter();
    let bounds = if auto_token.is_some() {
        TokenStream::new()
    } else {
        quote! {
            : #(#supertraits +)* ::core::marker::Send + ::core::marker::Sync + 'static
        }
    };
    quote! {
        #(#attrs)*
        #vis #unsafety #auto_token #trait_token #ident #generics #bounds #where_clause {
            #(#members)*
        }
    }
}

/// `async fn f(…) -> T` as `fn f(…) -> impl Future<Output = T> + Send`.
fn as_future(method: &Method) -> TokenStream {
    let Method {
        attrs, sig, body, ..
    } = method;
    let Some(asyncness) = sig.asyncness.filter(|_| can_be_send(sig)) else {
        return quote!(#[allow(async_fn_in_trait)] #method);
    };
    let output = match &sig.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => with_sendable_stream((**ty).clone()).into_token_stream(),
    };
    // A future that is not `Send` is then said to be required by this `async`.
    let at = located(asyncness.span);
    let future = quote_spanned! {at=>
        impl ::core::future::Future<Output = #output> + ::core::marker::Send
    };
    let sig = Signature {
        asyncness: None,
        output: ReturnType::Type(Token![->](at), Box::new(Type::Verbatim(future))),
        ..sig.clone()
    };
    let body = match body {
        Some(body) => quote!({ async move #body }),
        None => quote!(;),
    };
    quote!(#(#attrs)* #sig #body)
}

/// `Result<impl Stream, E>` as `Result<impl Stream + Send, E>`: what a method returns is polled on any
/// thread, so that an implementor is told if it cannot be.
fn with_sendable_stream(mut returned: Type) -> Type {
    let path = match &mut returned {
        Type::Path(path) => path,
        Type::Group(group) => return with_sendable_stream((*group.elem).clone()),
        _ => return returned,
    };
    let last = path.path.segments.last_mut();
    let Some(PathArguments::AngleBracketed(arguments)) = last.map(|last| &mut last.arguments)
    else {
        return returned;
    };
    if let Some(GenericArgument::Type(Type::ImplTrait(stream))) = arguments.args.first_mut() {
        let at = located(stream.impl_token.span);
        let send = quote_spanned!(at=> ::core::marker::Send);
        stream.bounds.push(TypeParamBound::Verbatim(send));
    }
    returned
}

/// Whether nothing in the signature keeps a future from being `Send`. If something does, that is
/// reported already, and no more should be.
fn can_be_send(sig: &Signature) -> bool {
    let is_foreign = |input: &FnArg| match input {
        FnArg::Typed(typed) => {
            let ty = typed.ty.to_token_stream();
            is_impl_trait(&typed.ty) && !is_stream(ty)
        }
        FnArg::Receiver(_) => false,
    };
    let is_generic = !sig.generics.params.is_empty() || sig.generics.where_clause.is_some();
    !is_generic && !sig.inputs.iter().any(is_foreign)
}

fn is_impl_trait(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_impl_trait(&group.elem),
        ty => matches!(ty, Type::ImplTrait(_)),
    }
}

fn is_stream(ty: TokenStream) -> bool {
    ty.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => word.to_string().ends_with("ServerStream"),
        TokenTree::Group(group) => is_stream(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
