//! Fields, by a word or by a text.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};

/// A field of an event or of a payload. The span is that of the user's word.
#[derive(Clone)]
pub(crate) struct Field {
    ident: Ident,
}

impl Field {
    /// The field as it is accessed, `r#type` for `type`.
    pub(crate) fn ident(&self) -> &Ident {
        &self.ident
    }

    /// The name without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// The field of that name, said to stand where `at` stands.
    pub(crate) fn named(name: &str, at: Span) -> Option<Self> {
        // Hygiene of the macro, location of the user's token: a service that is itself written by
        // a `macro_rules!` must still find its fields.
        let span = Span::call_site().located_at(at);
        accessible(&Ident::new(plain(name)?, span)).map(|ident| Self { ident })
    }

    /// `name` or `"name"`.
    pub(super) fn parse(input: ParseStream<'_>) -> Option<Self> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse().ok()?;
            return Self::named(&literal.value(), literal.span());
        }
        let word = input.call(Ident::parse_any).ok()?;
        accessible(&word).map(|ident| Self { ident })
    }
}

/// `name` if it is an identifier or keyword, without `r#`.
fn plain(name: &str) -> Option<&str> {
    let name = name.strip_prefix("r#").unwrap_or(name);
    syn::parse_str::<AnyIdent>(name).is_ok().then_some(name)
}

struct AnyIdent;

impl Parse for AnyIdent {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Ident::parse_any).map(|_| Self)
    }
}

/// The identifier, raw where the bare word would be a keyword.
fn accessible(word: &Ident) -> Option<Ident> {
    let name = word.unraw().to_string();
    if syn::parse_str::<Ident>(&name).is_ok() {
        return Some(word.clone());
    }
    // `self`, `super`, `crate`, `Self` and `_` cannot be raw, so no field is called so.
    if matches!(name.as_str(), "self" | "super" | "crate" | "Self" | "_") {
        return None;
    }
    Some(Ident::new_raw(&name, word.span()))
}
