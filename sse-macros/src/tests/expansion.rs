//! What comes out, to be read. `UPDATE_EXPECT=1 cargo test -p sse-macros` accepts what comes now.

use quote::quote;

use crate::errors::Errors;

/// Compares what comes out for a trait with `tests/expanded/<name>.rs`.
fn expands_to(name: &str, args: proc_macro2::TokenStream, item: proc_macro2::TokenStream) {
    let mut errors = Errors::default();
    let tokens = crate::attribute(args, item, &mut errors);
    assert_eq!(errors.codes(), []);
    let expanded = prettyplease::unparse(&syn::parse2(tokens).unwrap());
    let path = format!(
        "{}/src/tests/expanded/{name}.rs",
        env!("CARGO_MANIFEST_DIR")
    );
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &expanded).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(
        expanded == expected,
        "the expansion is no longer that of {path}:\n{expanded}"
    );
}

#[test]
fn a_method_that_sends() {
    expands_to(
        "push",
        quote!(data = message, event = type, id = "id", key = type, last_event_id = start_id),
        quote! {
            /// Notifications, as they happen.
            pub trait Notifications {
                /// Streams every notification published on a topic.
                #[sse(get = "/topics/{topic}/events")]
                async fn stream(
                    &self,
                    ctx: Context,
                    payload: StreamPayload,
                    stream: impl StreamServerStream<Notification>,
                ) -> Result<(), Problem>;
            }
        },
    );
}

#[test]
fn a_method_that_returns_a_stream() {
    expands_to(
        "pull",
        quote!(variants, done(Finished, Failed), keep_alive = none),
        quote! {
            trait Jobs {
                #[cfg(feature = "jobs")]
                #[deprecated]
                async fn watch(&self, user: User) -> Result<impl Stream<Item = Result<Step, Error>>, Error>;
            }
        },
    );
}
