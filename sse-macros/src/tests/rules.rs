use quote::quote;

use super::{mistakes, of_method, of_method_args, of_trait_args};
use crate::errors::Code;

macro_rules! trait_args {
    ($($args:tt)*) => { of_trait_args(quote!($($args)*)) };
}

macro_rules! method_args {
    ($($args:tt)*) => { of_method_args(quote!($($args)*)) };
}

macro_rules! method {
    ($($method:tt)*) => { of_method(quote!(), quote!($($method)*)) };
}

const NONE: [Code; 0] = [];

#[test]
fn the_attribute_needs_no_arguments() {
    assert_eq!(trait_args!(), NONE);
    assert_eq!(
        mistakes(
            quote!(),
            quote!(
                trait Empty {}
            )
        )
        .codes(),
        NONE
    );
}

#[test]
fn a_field_is_named_by_a_word_or_a_text() {
    assert_eq!(
        trait_args!(data = message, event = type, id = "id", retry = "r#type2",),
        NONE
    );
    assert_eq!(trait_args!(data = json(message), id = text("id")), NONE);
    assert_eq!(trait_args!(data = text("message")), NONE);
    for args in [
        quote!(data),
        quote!(data = 3),
        quote!(data = self),
        quote!(data = _),
        quote!(data = "a b"),
        quote!(data = ""),
        quote!(data = "self"),
        quote!(data(message)),
        quote!(data = xml(message)),
        quote!(data = json(a, b)),
        quote!(data = json()),
        quote!(id = json(a)),
        quote!(event = text(a)),
        quote!(data = a.b),
        quote!(data = a b),
    ] {
        assert_eq!(of_trait_args(args.clone()), [Code::Malformed], "{args}");
    }
}

#[test]
fn none_switches_off_what_can_be_off() {
    assert_eq!(
        trait_args!(data = none, header = none, done = none, keep_alive = none),
        NONE
    );
    assert_eq!(trait_args!(path = none), [Code::Malformed]);
    assert_eq!(method_args!(get = none), [Code::Malformed]);
}

#[test]
fn an_unknown_key_is_guessed() {
    let messages = mistakes(
        quote!(dta = x),
        quote!(
            trait T {}
        ),
    )
    .messages();
    assert_eq!(
        messages,
        ["unknown key `dta` [SSE004]\nhelp: did you mean `data`?"]
    );
    let messages = mistakes(
        quote!(colour = x),
        quote!(
            trait T {}
        ),
    )
    .messages();
    assert!(
        messages[0].contains("expected one of `path`, `data`"),
        "{messages:?}"
    );
    assert!(!messages[0].contains("`get`"), "{messages:?}");
}

#[test]
fn every_mistake_of_a_list_is_reported() {
    assert_eq!(
        trait_args!(dta = x, data = message, "id", data = other, keep_alive = "soon", open_after = 3 s),
        [
            Code::UnknownKey,
            Code::Positional,
            Code::DuplicateKey,
            Code::Duration,
            Code::Malformed
        ]
    );
}

#[test]
fn a_value_without_a_key_is_no_value() {
    assert_eq!(trait_args!("message"), [Code::Positional]);
    assert_eq!(method_args!("/topics"), [Code::Positional]);
    assert_eq!(trait_args!(3), [Code::Malformed]);
    assert_eq!(trait_args!(data = a; id = b), [Code::Malformed]);
}

#[test]
fn a_key_is_given_once() {
    assert_eq!(trait_args!(data = a, data = b), [Code::DuplicateKey]);
    assert_eq!(trait_args!(data = a, data = none), [Code::DuplicateKey]);
    assert_eq!(trait_args!(header(a = "a"), header(b = "b")), NONE);
    assert_eq!(
        trait_args!(header = none, header(b = "b")),
        [Code::DuplicateKey]
    );
    let twice = method! {
        #[sse(get = "/a")]
        #[sse(get = "/b")]
        async fn stream(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
    };
    assert_eq!(twice, [Code::DuplicateKey]);
}

#[test]
fn a_key_stands_where_it_belongs() {
    assert_eq!(trait_args!(get = "/a"), [Code::WrongPlace]);
    assert_eq!(trait_args!(post = "/a"), [Code::WrongPlace]);
    assert_eq!(method_args!(path = "/a"), [Code::WrongPlace]);
    assert_eq!(method_args!(crate = ::a), [Code::WrongPlace]);
}

#[test]
fn what_is_to_come_is_known() {
    assert_eq!(trait_args!(client), [Code::NotYet]);
    assert_eq!(trait_args!(client(feature = "client")), [Code::NotYet]);
    assert_eq!(method_args!(key = symbol), [Code::NotYet]);
}

#[test]
fn the_path_of_the_runtime_is_absolute() {
    assert_eq!(trait_args!(crate = ::a::b), NONE);
    assert_eq!(trait_args!(crate = "::a::b"), NONE);
    assert_eq!(trait_args!(crate = a::b), [Code::CratePath]);
    assert_eq!(trait_args!(crate = "crate::a"), [Code::CratePath]);
    assert_eq!(trait_args!(crate = 3), [Code::Malformed]);
}

#[test]
fn keys_that_say_the_same_exclude_each_other() {
    assert_eq!(method_args!(get = "/a", post = "/a"), [Code::Conflict]);
    assert_eq!(
        trait_args!(event = kind, event_name = "tick"),
        [Code::Conflict]
    );
    assert_eq!(trait_args!(variants, event = kind), [Code::Conflict]);
    assert_eq!(
        trait_args!(variants = "type", event_name = "tick"),
        [Code::Conflict]
    );
    assert_eq!(trait_args!(variants, data = json(kind)), [Code::Conflict]);
    assert_eq!(trait_args!(variants, data = text(kind)), [Code::Conflict]);
    assert_eq!(trait_args!(variants, data = kind), NONE);
}

#[test]
fn of_two_that_conflict_the_second_is_wrong() {
    let messages = mistakes(
        quote!(variants, event = kind),
        quote!(
            trait T {}
        ),
    )
    .messages();
    assert!(
        messages[0].starts_with("`event` and `variants` exclude"),
        "{messages:?}"
    );
    let messages = mistakes(
        quote!(event = kind, variants),
        quote!(
            trait T {}
        ),
    )
    .messages();
    assert!(
        messages[0].starts_with("`variants` and `event` exclude"),
        "{messages:?}"
    );
}

#[test]
fn the_method_wins_over_the_trait() {
    let method = |args| {
        let stream = quote! {
            async fn stream(&self, payload: Query, stream: impl StreamServerStream<Ev>) -> Result<(), E>;
        };
        of_method(
            quote!(data = a, event = b, id = c, header(h = "H")),
            quote!(#[sse(#args)] #stream),
        )
    };
    assert_eq!(method(quote!(event_name = "tick")), NONE);
    assert_eq!(method(quote!(variants)), NONE);
    assert_eq!(method(quote!(data = b, event = none)), NONE);
    assert_eq!(method(quote!(data = b)), [Code::FieldInTwoRoles]);
    assert_eq!(
        method(quote!(last_event_id = h)),
        [Code::FieldFromTwoSources]
    );
    assert_eq!(method(quote!(last_event_id = h, header = none)), NONE);
}

#[test]
fn a_field_has_one_role() {
    assert_eq!(trait_args!(data = a, event = a), [Code::FieldInTwoRoles]);
    assert_eq!(
        trait_args!(data = json(a), id = text("a")),
        [Code::FieldInTwoRoles]
    );
    assert_eq!(
        trait_args!(data = a, event = a, id = a, retry = a),
        [Code::FieldInTwoRoles; 3]
    );
}

#[test]
fn a_mistake_of_the_trait_is_not_one_of_each_method() {
    let item = quote! {
        trait Feed {
            async fn a(&self, stream: impl AServerStream<Ev>) -> Result<(), E>;
            async fn b(&self, stream: impl BServerStream<Ev>) -> Result<(), E>;
        }
    };
    let of = |args| mistakes(args, item.clone()).codes();
    assert_eq!(of(quote!(data = x, id = x)), [Code::FieldInTwoRoles]);
    assert_eq!(of(quote!(keep_alive = "0s")), [Code::Duration]);
    assert_eq!(of(quote!(event = x, event_name = "y")), [Code::Conflict]);
    assert_eq!(
        of(quote!(event_name = "y", ping_event = "y")),
        [Code::ReservedEventName]
    );
}

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
fn a_duration_is_one() {
    for text in [
        "",
        "15",
        "fast",
        "1.5s",
        "none",
        "25h",
        "99999999999999999999s",
    ] {
        assert_eq!(trait_args!(open_after = #text), [Code::Duration], "{text}");
    }
    assert_eq!(
        trait_args!(open_after = "0s", reconnection_time = "24h"),
        NONE
    );
    assert_eq!(trait_args!(keep_alive = "0ms"), [Code::Duration]);
    assert_eq!(trait_args!(keep_alive = 15), [Code::Malformed]);
}

#[test]
fn an_event_name_survives_the_wire() {
    for text in ["", "a\nb", "a\rb"] {
        assert_eq!(trait_args!(event_name = #text), [Code::EventName]);
        assert_eq!(trait_args!(error_event = #text), [Code::EventName]);
    }
}

#[test]
fn reserved_event_names_are_refused() {
    for text in ["open", "error", "gap"] {
        assert_eq!(trait_args!(event_name = #text), [Code::ReservedEventName]);
        assert_eq!(trait_args!(ping_event = #text), [Code::ReservedEventName]);
    }
    assert_eq!(trait_args!(error_event = "error"), NONE);
    assert_eq!(trait_args!(error_event = "open"), [Code::ReservedEventName]);
}

#[test]
fn names_of_events_differ() {
    let same = [Code::ReservedEventName];
    assert_eq!(trait_args!(event_name = "a", ping_event = "a"), same);
    assert_eq!(trait_args!(event_name = "a", error_event = "a"), same);
    assert_eq!(trait_args!(ping_event = "a", error_event = "a"), same);
    assert_eq!(trait_args!(event_name = "problem"), same);
    assert_eq!(
        trait_args!(event_name = "problem", error_event = "failure"),
        NONE
    );
    assert_eq!(
        trait_args!(event_name = "problem", error_event = none),
        NONE
    );
}

#[test]
fn names_of_sources_are_tokens() {
    for text in ["", "a b", "ü", "a:b", "a\r\nb"] {
        assert_eq!(trait_args!(header(a = #text)), [Code::SourceName], "{text}");
        assert_eq!(trait_args!(cookie(a = #text)), [Code::SourceName], "{text}");
    }
    assert_eq!(
        trait_args!(header(a = "last-event-ID")),
        [Code::LastEventIdAsHeader]
    );
    assert_eq!(trait_args!(header(a = 3)), [Code::Malformed]);
    assert_eq!(trait_args!(header("X-A")), [Code::Malformed]);
    assert_eq!(trait_args!(header()), [Code::Malformed]);
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
            quote! {
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

#[test]
fn only_variants_that_name_events_end_a_stream() {
    assert_eq!(trait_args!(variants, done = Finished), NONE);
    assert_eq!(trait_args!(variants, done(Finished, Failed)), NONE);
    assert_eq!(trait_args!(done, id = a), NONE);
    assert_eq!(trait_args!(done = "[DONE]"), NONE);
    assert_eq!(trait_args!(done = Finished), [Code::DoneVariants]);
    assert_eq!(
        trait_args!(variants, data = a, done = Finished),
        [Code::DoneVariants]
    );
    assert_eq!(trait_args!(variants, done()), [Code::Malformed]);
    let tuple = of_method(
        quote!(variants, done = A),
        quote!(
            async fn stream(&self, stream: impl StreamServerStream<(A, B)>) -> Result<(), E>;
        ),
    );
    assert_eq!(tuple, [Code::DoneVariants]);
}

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
fn attributes_stand_where_they_belong() {
    let of = |item| mistakes(quote!(), item).codes();
    assert_eq!(
        of(quote!(
            #[server_sent_events(data = a)]
            trait Feed {}
        )),
        [Code::WrongAttribute]
    );
    assert_eq!(
        of(quote!(
            trait Feed {
                #[sse(done)]
                const A: u8;
            }
        )),
        [Code::HelperAlone]
    );
    assert_eq!(
        method! {
            #[server_sent_events(get = "/a")]
            async fn stream(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
        },
        [Code::WrongAttribute]
    );
    assert_eq!(
        method! {
            #[sse = "/a"]
            async fn stream(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;
        },
        [Code::WrongAttribute]
    );
}

#[test]
fn other_members_pass_untouched() {
    let of = |item| mistakes(quote!(), item).codes();
    assert_eq!(
        of(quote! {
            trait Feed {
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
            quote!(async fn stream(#receiver, stream: impl ServerStream<Ev>) -> Result<(), E>;),
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
            quote!(async fn #ident(&self, stream: impl ServerStream<Ev>) -> Result<(), E>;),
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
            quote!(async fn stream(&self, stream: #ty) -> Result<(), E>;),
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
            quote!(async fn stream(&self, stream: #ty) -> Result<(), E>;),
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
                quote!(async fn stream(&self, #name: #ty, stream: impl ServerStream<Ev>) -> Result<(), E>;),
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
        let codes = of_method(quote!(), quote!(async fn stream(&self) -> #ty;));
        assert_eq!(codes, [Code::ReturnType], "{ty}");
    }
    for ty in [
        quote!(Result<impl Stream<Item = Result<Ev, E>> + Send, E>),
        quote!(io::Result<impl Stream<Item = io::Result<Ev>> + Send>),
    ] {
        let codes = of_method(quote!(), quote!(async fn stream(&self, payload: P) -> #ty;));
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
