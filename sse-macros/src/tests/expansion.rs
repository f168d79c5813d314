//! What comes out, to be read. `UPDATE_EXPECT=1 cargo test -p sse-macros` accepts what comes now.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::errors::{Code, Errors};

/// Compares what comes out for a trait with `tests/expanded/<name>.rs`.
fn expands_to(name: &str, args: TokenStream, item: TokenStream) {
    let mut errors = Errors::default();
    let tokens = crate::attribute(args, item, &mut errors);
    assert_eq!(errors.codes(), []);
    let expanded = printed(tokens);
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

/// The items, those that only servers or clients have set in.
fn printed(tokens: TokenStream) -> String {
    let file: syn::File = syn::parse2(tokens).unwrap();
    let mut printed = String::new();
    for item in file.items {
        if let syn::Item::Macro(gate) = &item {
            let path = gate.mac.path.to_token_stream().to_string().replace(' ', "");
            printed += &format!("{path}! {{\n");
            for line in self::printed(gate.mac.tokens.clone()).lines() {
                let indent = if line.is_empty() { "" } else { "    " };
                printed += &format!("{indent}{line}\n");
            }
            printed += "}\n";
        } else {
            printed += &prettyplease::unparse(&syn::File {
                shebang: None,
                frontmatter: None,
                attrs: Vec::new(),
                items: vec![item],
            });
        }
    }
    printed
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

#[test]
fn a_client() {
    expands_to(
        "client",
        quote!(client),
        quote! {
            /// Notifications, as they happen.
            pub trait Notifications {
                /// Streams every notification published on a topic.
                #[sse(data = message, event = kind, id = id, get = "/topics/{topic}/events")]
                async fn stream(
                    &self,
                    payload: StreamPayload,
                    stream: impl StreamServerStream<Notification>,
                ) -> Result<(), Problem>;

                /// Streams what changes.
                #[sse(client(feature = "changes"), id = seq, variants = "type")]
                async fn changes(&self, stream: impl ChangesServerStream<Change>) -> Result<(), Problem>;

                #[sse(client = none)]
                async fn ticks(&self, stream: impl TicksServerStream<u64>) -> Result<(), Problem>;
            }
        },
    );
}

#[test]
fn a_runtime_at_a_relative_path_is_looked_for_there() {
    let mut errors = Errors::default();
    let item = quote!(
        pub trait Feed {
            async fn ticks(&self, stream: impl TicksServerStream<u8>) -> Result<(), Problem>;
        }
    );
    let tokens = crate::attribute(quote!(crate = renamed), item, &mut errors);
    assert_eq!(errors.codes(), [Code::CratePath]);
    assert!(tokens.to_string().contains("use renamed as"), "{tokens}");
}
