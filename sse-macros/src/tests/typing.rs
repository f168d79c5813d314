//! Code that is being typed: an editor expands what is there so far.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

use crate::errors::Errors;

fn example() -> (TokenStream, TokenStream) {
    let args = quote!(
        path = "/v1", data = json(message), id = text("id"), event = type, done = "[DONE]",
        last_event_id = start, header(a = "A", "b" = "B"), cookie(c = "c"), keep_alive = "15s",
        open_after = none, ping_event = "ping", crate = ::a::b
    );
    let item = quote! {
        /// Documented.
        #[cfg(unix)]
        pub trait Feed: Clone {
            const A: u8 = 3;
            /// Documented.
            #[sse(get = "/topics/{topic}", variants = "type", data = none)]
            async fn stream(
                &self,
                ctx: Context,
                payload: Query,
                stream: impl StreamServerStream<Ev>,
            ) -> Result<(), Problem> { Ok(()) }
            async fn pull(&self) -> Result<impl Stream<Item = Result<Ev, E>> + Send, E>;
        }
    };
    (args, item)
}

/// Every way to leave one token out, at any depth.
fn with_one_less(tokens: &TokenStream) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut all = Vec::new();
    for (i, tree) in trees.iter().enumerate() {
        let around = |middle: Option<TokenTree>| -> TokenStream {
            let (before, after) = (&trees[..i], &trees[i + 1..]);
            before
                .iter()
                .cloned()
                .chain(middle)
                .chain(after.iter().cloned())
                .collect()
        };
        all.push(around(None));
        if let TokenTree::Group(group) = tree {
            for inner in with_one_less(&group.stream()) {
                all.push(around(Some(Group::new(group.delimiter(), inner).into())));
            }
        }
    }
    all
}

/// Every beginning.
fn beginnings(tokens: &TokenStream) -> impl Iterator<Item = TokenStream> + use<> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    (0..=trees.len()).map(move |n| trees[..n].iter().cloned().collect())
}

fn expand(args: TokenStream, item: TokenStream) -> (String, Errors) {
    let mut errors = Errors::default();
    let tokens = crate::attribute(args, item, &mut errors);
    (tokens.to_string(), errors)
}

#[test]
fn arguments_that_are_not_finished_do_not_lose_the_trait() {
    let (args, item) = example();
    for args in with_one_less(&args).into_iter().chain(beginnings(&args)) {
        let (tokens, _) = expand(args.clone(), item.clone());
        for name in [
            "trait Feed",
            "struct FeedServer",
            "struct FeedStream",
            "fn pull",
        ] {
            assert!(tokens.contains(name), "{name} is lost by {args}");
        }
    }
}

#[test]
fn a_trait_that_is_not_finished_comes_back() {
    let (args, item) = example();
    for item in with_one_less(&item).into_iter().chain(beginnings(&item)) {
        let (tokens, _) = expand(args.clone(), item.clone());
        assert!(!tokens.contains("# [sse"), "{tokens}");
        assert_eq!(item.is_empty(), tokens.is_empty(), "{item}");
    }
}
