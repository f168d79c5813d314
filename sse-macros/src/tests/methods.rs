//! Traits and their methods.

use quote::quote;

use super::{NONE, method, mistakes, of_method};
use crate::errors::Code;

#[test]
fn a_trait_is_served_for_one_set_of_types() {
    let of = |item| mistakes(quote!(), item).codes();
    assert_eq!(
        of(quote!(
            trait Feed<T> {}
        )),
        [Code::Generics]
    );
    assert_eq!(
        of(quote!(
            trait Feed<'a> {}
        )),
        [Code::Generics]
    );
    assert_eq!(
        of(quote!(
            trait Feed
            where
                Self: Sized,
            {
            }
        )),
        [Code::Generics]
    );
    assert_eq!(
        of(quote!(
            unsafe trait Feed {}
        )),
        [Code::Qualifier]
    );
    assert_eq!(
        of(quote!(
            unsafe trait Feed<T> {}
        )),
        [Code::Qualifier, Code::Generics]
    );
    assert_eq!(
        of(quote!(
            trait Feed: Clone + std::fmt::Debug {}
        )),
        NONE
    );
}

#[test]
fn only_a_trait_is_served() {
    let of = |item| mistakes(quote!(), item).codes();
    assert_eq!(
        of(quote!(
            struct Feed;
        )),
        [Code::NotATrait]
    );
    assert_eq!(
        of(quote!(
            pub async fn stream() {}
        )),
        [Code::NotATrait]
    );
    assert_eq!(
        of(quote!(impl Feed { #[sse(get = "/a")] fn a() {} })),
        [Code::NotATrait]
    );
}

#[test]
fn other_members_pass_untouched() {
    let of = |item| mistakes(quote!(), item).codes();
    assert_eq!(
        of(quote! {
            trait Feed {
                #![allow(unused)]
                const LIMIT: usize = { 3 };
                type Error: Into<u8>;
                some_macro!();
                some_macro! { x }
            }
        }),
        NONE
    );
}

#[test]
fn a_method_is_an_async_fn_of_self() {
    assert_eq!(
        method!(
            fn stream(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
        ),
        [Code::NotAsync]
    );
    for receiver in [
        quote!(&mut self),
        quote!(self),
        quote!(self: Arc<Self>),
        quote!(&'a self),
    ] {
        let codes = of_method(
            quote!(),
            &quote!(async fn stream(#receiver, stream: impl ServerStream<Ev>) -> Result<(), E>;),
        );
        assert_eq!(codes, [Code::Receiver], "{receiver}");
    }
    assert_eq!(
        method!(
            async fn stream(stream: impl ServerStream<Ev>) -> Result<(), E>;
        ),
        [Code::Receiver]
    );
    assert_eq!(
        method!(
            async unsafe fn stream(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
        ),
        [Code::Qualifier]
    );
    assert_eq!(
        method!(
            async extern "C" fn stream(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
        ),
        [Code::Qualifier]
    );
    assert_eq!(
        method!(
            async fn stream<T>(&self, stream: impl ServerStream<T>) -> Result<(), E>;
        ),
        [Code::Generics]
    );
    assert_eq!(
        method!(
            async fn stream(&self, stream: impl ServerStream<T>) -> Result<(), E>
            where
                Self: Sized;
        ),
        [Code::Generics]
    );
    assert_eq!(
        method!(
            fn stream(&mut self);
        ),
        [Code::NotAsync, Code::Receiver, Code::NoStream]
    );
}

#[test]
fn names_that_the_server_needs_are_refused() {
    for name in [
        "new",
        "from_arc",
        "settings",
        "into_router",
        "server",
        "client",
        "r#client",
    ] {
        let ident: syn::Ident = syn::parse_str(name).unwrap();
        let codes = of_method(
            quote!(),
            &quote!(async fn #ident(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;),
        );
        assert_eq!(codes, [Code::MethodName], "{name}");
    }
    assert_eq!(
        method! {
            #[sse(get = "/1")]
            async fn all_rooms(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
            #[sse(get = "/2")]
            async fn all__rooms(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
        },
        [Code::MethodName]
    );
}

#[test]
fn names_that_the_client_needs_are_refused_where_there_is_one() {
    let with = |args| {
        of_method(
            args,
            &quote!(
                async fn with(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
            ),
        )
    };
    assert_eq!(with(quote!()), NONE);
    assert_eq!(with(quote!(client)), [Code::MethodName]);
}

#[test]
fn a_method_has_one_stream() {
    assert_eq!(
        method!(
            async fn stream(&self) -> Result<(), E>;
        ),
        [Code::NoStream]
    );
    assert_eq!(
        method!(
            async fn stream(&self);
        ),
        [Code::NoStream]
    );
    assert_eq!(
        method! {
            async fn stream(&self, a: impl ServerStream<Ev>, b: impl ServerStream<Ev>) -> Result<(), E>;
        },
        [Code::TwoStreams]
    );
    assert_eq!(
        method! {
            async fn stream(&self, a: impl ServerStream<Ev>) -> Result<impl Stream<Item = Result<Ev, E>>, E>;
        },
        [Code::TwoStreams]
    );
}

#[test]
fn a_stream_is_written_in_one_way() {
    for ty in [
        quote!(impl OtherServerStream<Ev>),
        quote!(StreamServerStream<Ev>),
        quote!(&impl StreamServerStream<Ev>),
        quote!(Box<dyn StreamServerStream<Ev>>),
        quote!(impl Sender<Ev>),
    ] {
        let codes = of_method(
            quote!(),
            &quote!(async fn stream(&self, stream: #ty) -> Result<(), E>;),
        );
        assert_eq!(codes, [Code::StreamForm], "{ty}");
    }
    for ty in [
        quote!(impl StreamServerStream<Ev>),
        quote!(impl sse_runtime::ServerStream<Vec<Ev>>),
        quote!(impl StreamServerStream<&'static str>),
        quote!(impl StreamServerStream<Ev> + Clone),
    ] {
        let codes = of_method(
            quote!(),
            &quote!(async fn stream(&self, stream: #ty) -> Result<(), E>;),
        );
        assert_eq!(codes, NONE, "{ty}");
    }
}

#[test]
fn what_a_method_takes_can_be_named_outside_of_it() {
    for ty in [
        quote!(&str),
        quote!(Query<'_>),
        quote!(Query<'a>),
        quote!(Vec<&'a u8>),
        quote!(impl Into<String>),
        quote!(Self::Query),
        quote!((u8, Option<&u8>)),
    ] {
        for name in [quote!(payload), quote!(extractor)] {
            let codes = of_method(
                quote!(),
                &quote!(async fn stream(&self, #name: #ty, stream: impl ServerStream<Ev>) -> Result<(), E>;),
            );
            assert_eq!(codes, [Code::ParameterType], "{name}: {ty}");
        }
    }
    assert_eq!(
        method!(
            async fn stream(&self, stream: impl ServerStream<&str>) -> Result<(), E>;
        ),
        [Code::ParameterType]
    );
}

#[test]
fn a_method_returns_a_result() {
    assert_eq!(
        method!(
            async fn stream(&self, stream: impl ServerStream<Ev>);
        ),
        [Code::ReturnType]
    );
    for ty in [
        quote!(impl Stream<Item = Result<Ev, E>>),
        quote!(Result<impl Stream<Item = Ev>, E>),
        quote!(Result<impl Stream<Item = Option<Ev>>, E>),
        quote!(Result<impl Iterator, E>),
    ] {
        let codes = of_method(quote!(), &quote!(async fn stream(&self) -> #ty;));
        assert_eq!(codes, [Code::ReturnType], "{ty}");
    }
    for ty in [
        quote!(Result<impl Stream<Item = Result<Ev, E>> + Send, E>),
        quote!(io::Result<impl Stream<Item = io::Result<Ev>> + Send>),
    ] {
        let codes = of_method(
            quote!(),
            &quote!(async fn stream(&self, payload: P) -> #ty;),
        );
        assert_eq!(codes, NONE, "{ty}");
    }
}

#[test]
fn a_user_type_of_the_name_of_a_parameter_keeps_its_name() {
    let item = quote! {
        trait Feed {
            async fn stream(&self, a: S, b: R, stream: impl ServerStream<R1>) -> Result<(), E>;
        }
    };
    let mut errors = crate::errors::Errors::default();
    let tokens = crate::attribute(quote!(), item, &mut errors).to_string();
    assert!(tokens.contains("struct FeedServer < S1 >"), "{tokens}");
    assert!(tokens.contains("into_router < R2 >"), "{tokens}");
}
