//! Whether a client is generated, and under which feature.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

use super::value::{at_end, in_parentheses, malformed, whole};
use crate::errors::Errors;

/// A client is asked for.
#[derive(Clone)]
pub(crate) struct Client {
    /// The feature of the user's crate without which it is not there.
    pub(crate) feature: Option<LitStr>,
}

/// Nothing, or `(feature = "…")`.
pub(super) fn client(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Client> {
    if at_end(input) {
        return Some(Client { feature: None });
    }
    if !input.peek(syn::token::Paren) {
        malformed(key, input, errors);
        return None;
    }
    whole(key, input, errors, |input| {
        let content = in_parentheses(input)?;
        let word: Ident = content.parse().ok()?;
        content.parse::<Token![=]>().ok()?;
        let feature: LitStr = content.parse().ok()?;
        let _comma: Option<Token![,]> = content.parse().ok()?;
        let is_whole = word == "feature" && content.is_empty() && !feature.value().is_empty();
        is_whole.then_some(Client {
            feature: Some(feature),
        })
    })
}
