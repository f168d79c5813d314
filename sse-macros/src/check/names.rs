//! The names that are made from a trait and its methods.

use std::collections::HashMap;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;

use crate::errors::{Code, Errors};
use crate::item::{self, Trait, inherited};
use crate::model::{Names, StreamTrait};

/// The names that the server type needs for itself.
const OF_THE_SERVER: [&str; 4] = ["new", "from_arc", "settings", "into_router"];
/// The names that the client needs for itself, beside `new`.
const OF_THE_CLIENT: [&str; 1] = ["with"];

/// The names given so far.
pub(super) struct Taken {
    service: String,
    types: HashMap<String, Owner>,
    streams: HashMap<String, bool>,
    methods: HashMap<String, bool>,
}

/// What has a name.
struct Owner {
    what: String,
    is_conditional: bool,
}

impl Taken {
    pub(super) fn new(item: &Trait) -> Self {
        let service = item.ident.unraw().to_string();
        let always = |what: &str| Owner {
            what: what.to_owned(),
            is_conditional: false,
        };
        let types = HashMap::from([
            (service.clone(), always("the trait")),
            (
                format!("{service}Server"),
                always("the type that serves the trait"),
            ),
            (
                format!("{service}Client"),
                always("the client of the trait"),
            ),
        ]);
        Self {
            service,
            types,
            streams: HashMap::new(),
            methods: HashMap::new(),
        }
    }

    /// Whether no other method has defined the trait `stream`.
    pub(super) fn is_free(&mut self, stream: &StreamTrait) -> bool {
        let name = stream.ident.to_string();
        is_first(&mut self.streams, name, !stream.cfgs.is_empty())
    }

    /// The names of `method`, if it can have any.
    pub(super) fn of_method(
        &mut self,
        method: &item::Method,
        has_client: bool,
        errors: &mut Errors,
    ) -> Option<Names> {
        let ident = &method.sig.ident;
        let name = ident.unraw().to_string();
        let cfgs = inherited(&method.attrs, &["cfg"]);
        let is_conditional = !cfgs.is_empty();
        let owner = if OF_THE_SERVER.contains(&name.as_str()) {
            Some("Server")
        } else {
            let is_taken = has_client && OF_THE_CLIENT.contains(&name.as_str());
            is_taken.then_some("Client")
        };
        if let Some(owner) = owner {
            errors.report(
                Code::MethodName,
                ident,
                format_args!("a method cannot be called `{name}`"),
                format_args!(
                    "rename it: `{}{owner}` has a function of that name",
                    self.service
                ),
            );
            return None;
        }
        // Two methods of one name: rustc says so.
        if !is_first(&mut self.methods, name.clone(), is_conditional) {
            return None;
        }
        let endpoint = format!("{}{}", self.service, pascal(&name));
        match self.types.get(&endpoint) {
            Some(owner) if !(owner.is_conditional && is_conditional) => {
                errors.report(
                    Code::MethodName,
                    ident,
                    format_args!("a method cannot be called `{name}` here"),
                    format_args!(
                        "rename it: the endpoint would be `{endpoint}`, as is {}",
                        owner.what
                    ),
                );
                return None;
            }
            _ => {}
        }
        let owner = Owner {
            what: format!("that of `{name}`"),
            is_conditional,
        };
        self.types.insert(endpoint.clone(), owner);
        Some(Names {
            cfgs,
            deprecated: inherited(&method.attrs, &["deprecated"]),
            docs: inherited(&method.attrs, &["doc"]),
            method: ident.clone(),
            endpoint: Ident::new(&endpoint, Span::call_site().located_at(ident.span())),
        })
    }
}

/// Whether `name` is new, or only one of the two can be there after `#[cfg]`.
fn is_first(known: &mut HashMap<String, bool>, name: String, is_conditional: bool) -> bool {
    let earlier = known.insert(name, is_conditional);
    earlier.is_none_or(|earlier_is_conditional| earlier_is_conditional && is_conditional)
}

/// `stream_all` as `StreamAll`.
pub(super) fn pascal(snake: &str) -> String {
    let words = snake.split('_').filter(|word| !word.is_empty());
    words.flat_map(capitalized).collect()
}

fn capitalized(word: &str) -> impl Iterator<Item = char> {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters)
}

/// `OrderFeed` and `order_feed` as `order-feed`.
pub(super) fn kebab(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut kebab = String::with_capacity(name.len() + 4);
    let mut before: Option<char> = None;
    for (i, &letter) in letters.iter().enumerate() {
        if letter == '_' {
            before = None;
            continue;
        }
        let next_is_small = letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        let begins_a_word = before.is_none_or(|before| {
            letter.is_uppercase() && (!before.is_uppercase() || next_is_small)
        });
        if begins_a_word && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
        before = Some(letter);
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::{kebab, pascal};

    #[test]
    fn words_become_pascal_case() {
        assert_eq!(pascal("stream"), "Stream");
        assert_eq!(pascal("_stream__all_2"), "StreamAll2");
    }

    #[test]
    fn words_become_kebab_case() {
        assert_eq!(kebab("Notifications"), "notifications");
        assert_eq!(kebab("OrderFeed"), "order-feed");
        assert_eq!(kebab("HTTPFeed2"), "http-feed2");
        assert_eq!(kebab("_stream__all"), "stream-all");
    }
}
