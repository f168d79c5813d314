//! Keys: which there are, where they stand, and how they go together.

use quote::quote;

use super::{NONE, method, method_args, mistakes, of_method, trait_args};
use crate::errors::Code;

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
fn none_switches_off_what_can_be_off() {
    assert_eq!(
        trait_args!(
            data = none,
            key = none,
            header = none,
            done = none,
            keep_alive = none
        ),
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
fn a_client_is_asked_for_by_a_word_or_under_a_feature() {
    assert_eq!(trait_args!(client), NONE);
    assert_eq!(method_args!(client), NONE);
    assert_eq!(method_args!(client = none), NONE);
    assert_eq!(trait_args!(client(feature = "a"), data = none), NONE);
    assert_eq!(trait_args!(client(feature = "a",)), NONE);

    assert_eq!(trait_args!(client = true), [Code::Malformed]);
    assert_eq!(trait_args!(client()), [Code::Malformed]);
    assert_eq!(trait_args!(client("a")), [Code::Malformed]);
    assert_eq!(trait_args!(client(feature)), [Code::Malformed]);
    assert_eq!(trait_args!(client(feature = a)), [Code::Malformed]);
    assert_eq!(trait_args!(client(feature = "")), [Code::Malformed]);
    assert_eq!(trait_args!(client(features = "a")), [Code::Malformed]);
    assert_eq!(
        trait_args!(client(feature = "a", feature = "b")),
        [Code::Malformed]
    );
    assert_eq!(trait_args!(client, client), [Code::DuplicateKey]);
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
            &quote!(#[sse(#args)] #stream),
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
