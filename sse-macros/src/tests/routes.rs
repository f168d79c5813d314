//! Routes, and where payloads come from.

use quote::quote;

use super::{NONE, method, method_args, mistakes, of_method, trait_args};
use crate::errors::Code;

#[test]
fn a_payload_field_has_one_source() {
    assert_eq!(
        method_args!(get = "/{topic}", last_event_id = topic),
        [Code::FieldFromTwoSources]
    );
    assert_eq!(
        method_args!(header(a = "A"), cookie(a = "A")),
        [Code::FieldFromTwoSources]
    );
    assert_eq!(
        method_args!(header(a = "A", a = "B")),
        [Code::FieldFromTwoSources]
    );
    assert_eq!(
        method_args!(header(a = "A"), cookie("b" = "b"), last_event_id = c),
        NONE
    );
}

#[test]
fn a_path_is_one() {
    assert_eq!(method_args!(get = "topics"), [Code::Path]);
    assert_eq!(method_args!(get = "/:topic"), [Code::Path]);
    assert_eq!(method_args!(get = "/{a}/{a}"), [Code::RepeatedParameter]);
    assert_eq!(trait_args!(path = "v1"), [Code::Path]);
    assert_eq!(trait_args!(path = "/v1/"), [Code::Path]);
    assert_eq!(trait_args!(path = "/"), [Code::Path]);
    assert_eq!(trait_args!(path = "/{*rest}"), [Code::Path]);
    assert_eq!(trait_args!(path = "/{room}"), NONE);
}

#[test]
fn routes_differ() {
    let item = |a: &str, b: &str, c: &str| {
        let code = quote! {
            trait Feed {
                #[sse(get = #a)]
                async fn a(&self, payload: P, stream: impl AServerStream<Ev>) -> Result<(), E>;
                #[sse(get = #b)]
                async fn b(&self, payload: P, stream: impl BServerStream<Ev>) -> Result<(), E>;
                #[sse(post = #c)]
                async fn c(&self, payload: P, stream: impl CServerStream<Ev>) -> Result<(), E>;
            }
        };
        mistakes(quote!(path = "/v1"), code).codes()
    };
    assert_eq!(item("/a", "/b", "/a"), NONE);
    assert_eq!(item("/a", "/a", "/c"), [Code::RouteTwice]);
    assert_eq!(item("/{x}", "/{y}", "/c"), [Code::RouteTwice]);
    assert_eq!(item("/{x}", "/b", "/{y}"), [Code::ParameterRenamed]);
    assert_eq!(item("/{x}/a", "/b", "/{x}/a"), NONE);
    assert_eq!(item("/{x}", "/b", "/{*x}"), [Code::RouteTwice]);
}

#[test]
fn routes_that_are_never_both_there_may_be_the_same() {
    let both = mistakes(
        quote!(),
        quote! {
            trait Feed {
                #[cfg(unix)]
                async fn a(&self, stream: impl AServerStream<Ev>) -> Result<(), E>;
                #[cfg(not(unix))]
                async fn a(&self, stream: impl AServerStream<Ev>) -> Result<(), E>;
            }
        },
    );
    assert_eq!(both.codes(), NONE);
}

#[test]
fn sources_need_a_payload() {
    let without = |args| {
        of_method(
            quote!(),
            &quote! {
                #[sse(#args)]
                async fn stream(&self, stream: impl StreamServerStream<Ev>) -> Result<(), E>;
            },
        )
    };
    assert_eq!(without(quote!(last_event_id = a)), [Code::NoPayload]);
    assert_eq!(without(quote!(header(a = "A"))), [Code::NoPayload]);
    assert_eq!(without(quote!(cookie(a = "A"))), [Code::NoPayload]);
    assert_eq!(without(quote!(get = "/{a}")), [Code::NoPayload]);
    assert_eq!(without(quote!(last_event_id = none)), NONE);
    let extracted = method! {
        #[sse(get = "/{a}")]
        async fn stream(&self, Path(a): Path<String>, stream: impl StreamServerStream<Ev>) -> Result<(), E> { todo!() }
    };
    assert_eq!(extracted, NONE);
}
