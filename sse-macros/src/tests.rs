//! Rules, on tokens: which mistake is found, how often, and at which word.

mod expansion;
mod index;
mod keys;
mod methods;
mod routes;
mod typing;
mod values;

use proc_macro2::TokenStream;

use crate::errors::{Code, Errors};

/// The mistakes in a trait with the attribute `#[server_sent_events(args)]`.
fn mistakes(args: TokenStream, item: TokenStream) -> Errors {
    let mut errors = Errors::default();
    let tokens = crate::attribute(args, item, &mut errors);
    // What comes out is Rust, whatever went in.
    if let Err(error) = syn::parse2::<syn::File>(tokens.clone()) {
        panic!("{error} in {tokens}");
    }
    errors
}

/// The kinds of mistakes in a trait with one method `stream`, which is written as `method`.
fn of_method(args: TokenStream, method: &TokenStream) -> Vec<Code> {
    mistakes(args, quote::quote!(pub trait Feed { #method })).codes()
}

/// The kinds of mistakes in the arguments `args` of the attribute of a trait.
fn of_trait_args(args: TokenStream) -> Vec<Code> {
    of_method(
        args,
        &quote::quote! {
            async fn stream(&self, payload: Query, stream: impl StreamServerStream<Ev>) -> Result<(), Problem>;
        },
    )
}

/// The kinds of mistakes in the arguments `args` of `#[sse(…)]`.
fn of_method_args(args: &TokenStream) -> Vec<Code> {
    of_method(
        TokenStream::new(),
        &quote::quote! {
            #[sse(#args)]
            async fn stream(&self, payload: Query, stream: impl StreamServerStream<Ev>) -> Result<(), Problem>;
        },
    )
}

/// The kinds of mistakes in the arguments of the attribute of a trait, written as they are there.
macro_rules! trait_args {
    ($($args:tt)*) => { super::of_trait_args(quote::quote!($($args)*)) };
}

/// The kinds of mistakes in the arguments of `#[sse(…)]`, written as they are there.
macro_rules! method_args {
    ($($args:tt)*) => { super::of_method_args(&quote::quote!($($args)*)) };
}

/// The kinds of mistakes in methods, written as they are there.
macro_rules! method {
    ($($method:tt)*) => { super::of_method(proc_macro2::TokenStream::new(), &quote::quote!($($method)*)) };
}

use {method, method_args, trait_args};

const NONE: [Code; 0] = [];
