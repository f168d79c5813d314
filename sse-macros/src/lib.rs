//! The attribute of `sse-runtime`. Use it through that crate, where it is documented: what it
//! generates names that crate and nothing else.
//!
//! ```text
//! attribute → args ─┐                ┌→ expand      what can be made
//!                   ├→ check → model ┤
//! trait ────→ item ─┘      │         └→ fallback    the names, where the trait is refused
//!                          └→ errors
//! ```
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod args;
mod check;
mod docs;
mod errors;
mod expand;
mod fallback;
mod item;
mod model;
mod route;
#[cfg(test)]
mod tests;

use check::Checked;
use errors::Errors;
use item::Trait;

// Makes a server of a trait.
#[allow(
    missing_docs,
    reason = "documented where it is exported, and rustdoc would print both"
)]
#[proc_macro_attribute]
pub fn server_sent_events(
    args: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let mut errors = Errors::default();
    let mut tokens = attribute(args.into(), item.into(), &mut errors);
    tokens.extend(errors.into_tokens());
    tokens.into()
}

// Says what holds for one method of a trait with `#[server_sent_events]`, which takes it away: where
// this is called it stands alone, and says so.
#[allow(
    missing_docs,
    reason = "documented where it is exported, and rustdoc would print both"
)]
#[proc_macro_attribute]
pub fn sse(
    _args: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let mut errors = Errors::default();
    let mut tokens = fallback::helper_alone(item.into(), &mut errors);
    tokens.extend(errors.into_tokens());
    tokens.into()
}

fn attribute(
    args: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
    errors: &mut Errors,
) -> proc_macro2::TokenStream {
    let written = match syn::parse2::<Trait>(item.clone()) {
        Ok(written) => written,
        Err(error) => return fallback::not_a_trait(item, &error, errors),
    };
    match check::service(&written, args, errors) {
        Checked::Service(service) => expand::service(&written, &service),
        Checked::Refused(service) => fallback::refused(&written, &service),
    }
}
