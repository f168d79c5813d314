//! `impl Endpoints for <Trait>Server<S>`: all endpoints of a service, for what describes them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{GenericArgument, PathArguments, Type, parse_quote};

use super::{Scope, adopted, mentions};
use crate::model::{Endpoint, Method, Service, Shape};

/// ```text
/// impl<S, V> Endpoints<V> for NotificationsServer<S>
/// where
///     V: ?Sized + Visit<NotificationsStream, Notification, StreamPayload, Result<(), Problem>>,
/// {
///     fn visit(visitor: &mut V) {
///         Visit::<NotificationsStream, Notification, StreamPayload, Result<(), Problem>>::endpoint(visitor);
///     }
/// }
/// ```
pub(super) fn expand(scope: &Scope, service: &Service) -> TokenStream {
    let Scope {
        p, server, s, v, ..
    } = scope;
    let inherited = &service.inherited;
    let seen: Vec<_> = service
        .methods
        .iter()
        .enumerate()
        .filter_map(|(nth, method)| Some((nth, method, visit(scope, method)?)))
        .collect();
    let conditions = seen
        .iter()
        .filter_map(|(nth, method, visit)| conditional(scope, service, *nth, method, visit));
    let bounds = seen.iter().map(|(nth, method, visit)| {
        if method.names.cfgs.is_empty() {
            visit.clone()
        } else {
            let alias = alias(scope, *nth);
            quote!(#alias)
        }
    });
    let visits = seen.iter().map(|(_, method, visit)| {
        let cfgs = &method.names.cfgs;
        quote! {
            #(#cfgs)*
            <#v as #visit>::endpoint(__visitor);
        }
    });
    quote! {
        #(#conditions)*

        #(#inherited)*
        #[allow(deprecated, private_bounds, private_interfaces)]
        impl<#s, #v: ?::core::marker::Sized> #p::Endpoints<#v> for #server<#s>
        where
            #(#v: #bounds,)*
        {
            #[allow(unused_variables)]
            fn visit(__visitor: &mut #v) {
                #(#visits)*
            }
        }
    }
}

/// What a visitor must be able to see of a method; nothing of one that is refused.
fn visit(scope: &Scope, method: &Method) -> Option<TokenStream> {
    let p = &scope.p;
    let endpoint: &Endpoint = method.endpoint.as_ref()?;
    let ident = &method.names.endpoint;
    let event = adopted(&endpoint.event);
    let payload = match endpoint.payload() {
        Some(payload) => adopted(payload),
        None => quote!(#p::NoPayload),
    };
    let returns = match endpoint.shape {
        Shape::Push => endpoint.returns.clone(),
        Shape::Pull => without_stream(endpoint.returns.clone()),
    };
    // What stands for a type of the implementor has no name out here.
    let is_hidden = |word| mentions(quote!(#returns), word);
    let returns = if is_hidden("Self") || is_hidden("impl") {
        quote!(())
    } else {
        adopted(&returns)
    };
    Some(quote!(#p::Visit<#ident, #event, #payload, #returns>))
}

/// `Result<impl Stream<…>, E>` as `Result<(), E>`.
fn without_stream(mut returned: Type) -> Type {
    let last = match &mut returned {
        Type::Path(path) => path.path.segments.last_mut(),
        _ => None,
    };
    if let Some(PathArguments::AngleBracketed(arguments)) = last.map(|last| &mut last.arguments)
        && let Some(GenericArgument::Type(stream)) = arguments.args.first_mut()
    {
        *stream = parse_quote!(());
    }
    returned
}

/// A bound cannot have a `#[cfg]`, so for a method that has one there is a bound that is always
/// there: that of the method, or none.
fn conditional(
    scope: &Scope,
    service: &Service,
    nth: usize,
    method: &Method,
    visit: &TokenStream,
) -> Option<TokenStream> {
    let inherited = &service.inherited;
    let cfgs = &method.names.cfgs;
    if cfgs.is_empty() {
        return None;
    }
    let absent = super::absent(cfgs);
    let alias = alias(scope, nth);
    let v = &scope.v;
    Some(quote! {
        #(#inherited)*
        #(#cfgs)*
        #[allow(deprecated, private_bounds, private_interfaces)]
        trait #alias: #visit {}
        #(#inherited)*
        #(#cfgs)*
        #[allow(deprecated)]
        impl<#v: ?::core::marker::Sized + #visit> #alias for #v {}
        #(#inherited)*
        #absent
        trait #alias {}
        #(#inherited)*
        #absent
        impl<#v: ?::core::marker::Sized> #alias for #v {}
    })
}

fn alias(scope: &Scope, nth: usize) -> Ident {
    format_ident!("__{}Visit{nth}", scope.server)
}
