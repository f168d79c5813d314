//! How values are read. Each reader is called with the cursor behind the key, and answers `None`
//! where it has reported a mistake.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{LitStr, Token, parenthesized};

use super::keys;
use crate::errors::{Code, Errors};

/// Whether the entry is over.
pub(super) fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Reads `=`, or reports that a value is missing.
pub(super) fn equals(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<()> {
    if input.parse::<Token![=]>().is_err() {
        malformed(key, input, errors);
        return None;
    }
    Some(())
}

/// Reads a value with `parse`, which must be all there is up to the comma.
pub(super) fn whole<T>(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
    parse: impl FnOnce(ParseStream<'_>) -> Option<T>,
) -> Option<T> {
    let ahead = input.fork();
    let value = parse(&ahead);
    if value.is_none() || !at_end(&ahead) {
        if value.is_some() {
            input.advance_to(&ahead);
        }
        malformed(key, input, errors);
        return None;
    }
    input.advance_to(&ahead);
    value
}

/// `= "…"`.
pub(super) fn text(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<LitStr> {
    equals(key, input, errors)?;
    whole(key, input, errors, |input| input.parse().ok())
}

/// What stands in the parentheses at the cursor.
pub(super) fn in_parentheses(input: ParseStream<'_>) -> Option<syn::parse::ParseBuffer<'_>> {
    let parse = || {
        let content;
        parenthesized!(content in input);
        Ok::<_, syn::Error>(content)
    };
    parse().ok()
}

/// The token at the cursor, or the nearest thing to it: what a caret can point at.
pub(super) fn here(input: ParseStream<'_>) -> TokenStream {
    let next = input.fork().parse::<TokenTree>();
    next.map_or_else(|_| TokenStream::new(), |tree| tree.into_token_stream())
}

/// Reports that the value of `key` is not of its form, at the cursor or, at the end, at the key.
pub(super) fn malformed(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) {
    let name = key.unraw().to_string();
    let (takes, write) = keys::form(&name);
    let at = if at_end(input) {
        key.to_token_stream()
    } else {
        here(input)
    };
    errors.report(
        Code::Malformed,
        &at,
        format_args!("`{name}` takes {takes}"),
        format_args!("write {write}"),
    );
}
