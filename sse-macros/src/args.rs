//! The grammar of `#[server_sent_events(…)]` and `#[sse(…)]`: the same keys, the same parser.
//!
//! A mistake costs its own entry only. The rest of the list is still read, so that all mistakes
//! are reported together.

mod client;
mod field;
mod keys;
mod names;
mod path;
mod period;
mod roles;
mod slot;
mod value;

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Token};

pub(crate) use client::Client;
pub(crate) use field::Field;
pub(crate) use names::{Name, Source};
pub(crate) use path::{Path, report_flaw};
pub(crate) use period::Period;
pub(crate) use roles::{Data, Done, Form, Scalar};
pub(crate) use slot::{Key, Slot};

use crate::errors::Errors;

/// Where a list of arguments stands. The second wins over the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Trait,
    Method,
}

/// What a list of arguments says.
#[derive(Default, Clone)]
pub(crate) struct Args {
    pub(crate) get: Slot<Path>,
    pub(crate) post: Slot<Path>,
    pub(crate) path: Slot<Path>,
    pub(crate) data: Slot<Data>,
    pub(crate) event: Slot<Field>,
    pub(crate) id: Slot<Scalar>,
    pub(crate) retry: Slot<Field>,
    pub(crate) key: Slot<Scalar>,
    pub(crate) event_name: Slot<Name>,
    /// The name of the tag, for `variants = "tag"`.
    pub(crate) variants: Slot<Option<LitStr>>,
    pub(crate) last_event_id: Slot<Field>,
    pub(crate) header: Slot<Vec<Source>>,
    pub(crate) cookie: Slot<Vec<Source>>,
    pub(crate) done: Slot<Done>,
    pub(crate) keep_alive: Slot<Period>,
    pub(crate) reconnection_time: Slot<Period>,
    pub(crate) open_after: Slot<Period>,
    pub(crate) ping_event: Slot<Name>,
    pub(crate) error_event: Slot<Name>,
    pub(crate) client: Slot<Client>,
    pub(crate) krate: Slot<syn::Path>,
    /// How many keys were read.
    keys: usize,
}

impl Args {
    /// Reads one more list of arguments, after those that are there already.
    pub(crate) fn read(&mut self, tokens: TokenStream, place: Place, errors: &mut Errors) {
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if self.entry(input, place, errors).is_none() {
                    skip_entry(input);
                }
                if input.is_empty() {
                    break;
                }
                let comma = input.parse::<Token![,]>();
                if comma.is_err() {
                    keys::expected_comma(input, errors);
                    skip_entry(input);
                    let _past_it = input.parse::<Token![,]>();
                }
            }
            Ok(())
        };
        // Invariant: the parser above answers `Ok` and leaves nothing over.
        let _reported = parser.parse2(tokens);
    }

    /// Reads `key`, `key = value` or `key(…)`. `None`: the mistake is reported.
    fn entry(&mut self, input: ParseStream<'_>, place: Place, errors: &mut Errors) -> Option<()> {
        let Ok(word) = input.call(Ident::parse_any) else {
            keys::not_a_key(input, errors);
            return None;
        };
        let name = word.unraw().to_string();
        keys::belongs(&word, &name, place, errors)?;
        let nth = self.keys;
        self.keys += 1;
        let key = Key { word, place, nth };
        match name.as_str() {
            "get" => self.get.set(key, input, errors, path::path),
            "post" => self.post.set(key, input, errors, path::path),
            "path" => self.path.set(key, input, errors, path::prefix),
            "data" => self.data.set(key, input, errors, roles::data),
            "event" => self.event.set(key, input, errors, roles::field),
            "id" => self.id.set(key, input, errors, roles::scalar),
            "retry" => self.retry.set(key, input, errors, roles::field),
            "key" => self.key.set(key, input, errors, roles::scalar),
            "event_name" => self.event_name.set(key, input, errors, names::event_name),
            "variants" => self.variants.set(key, input, errors, roles::variants),
            "last_event_id" => self.last_event_id.set(key, input, errors, roles::field),
            "header" => self.header.extend(key, input, errors, names::headers),
            "cookie" => self.cookie.extend(key, input, errors, names::cookies),
            "done" => self.done.set(key, input, errors, roles::done),
            "keep_alive" => self.keep_alive.set(key, input, errors, period::keep_alive),
            "reconnection_time" => self
                .reconnection_time
                .set(key, input, errors, period::period),
            "open_after" => self.open_after.set(key, input, errors, period::period),
            "ping_event" => self.ping_event.set(key, input, errors, names::event_name),
            "error_event" => self.error_event.set(key, input, errors, names::event_name),
            "client" => self.client.set(key, input, errors, client::client),
            "crate" => self.krate.set(key, input, errors, path::krate),
            _ => {
                keys::unknown(&key.word, &name, place, errors);
                None
            }
        }
    }
}

impl Args {
    /// What holds for the method that says `self` in a trait that says `of_trait`.
    pub(crate) fn over(&self, of_trait: &Self) -> Self {
        // One of the three replaces all of them, since an event has one name.
        let own_name = self.event.is_set() || self.event_name.is_set() || self.variants.is_set();
        let no_args = Self::default();
        let names = if own_name { &no_args } else { of_trait };
        Self {
            get: self.get.clone(),
            post: self.post.clone(),
            path: of_trait.path.clone(),
            data: self.data.or(&of_trait.data),
            event: self.event.or(&names.event),
            id: self.id.or(&of_trait.id),
            retry: self.retry.or(&of_trait.retry),
            key: self.key.or(&of_trait.key),
            event_name: self.event_name.or(&names.event_name),
            variants: self.variants.or(&names.variants),
            last_event_id: self.last_event_id.or(&of_trait.last_event_id),
            header: self.header.or(&of_trait.header),
            cookie: self.cookie.or(&of_trait.cookie),
            done: self.done.or(&of_trait.done),
            keep_alive: self.keep_alive.or(&of_trait.keep_alive),
            reconnection_time: self.reconnection_time.or(&of_trait.reconnection_time),
            open_after: self.open_after.or(&of_trait.open_after),
            ping_event: self.ping_event.or(&of_trait.ping_event),
            error_event: self.error_event.or(&of_trait.error_event),
            client: self.client.or(&of_trait.client),
            krate: of_trait.krate.clone(),
            keys: self.keys,
        }
    }
}

/// Skips what is left of an entry, up to its comma.
fn skip_entry(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _skipped = input.parse::<proc_macro2::TokenTree>();
    }
}
