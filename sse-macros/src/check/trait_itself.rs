//! Rules about the trait, apart from its methods.

use crate::errors::{Code, Errors};
use crate::item::Trait;

/// Whether the trait can be served.
pub(super) fn check(item: &Trait, errors: &mut Errors) -> bool {
    attribute_is_there_once(item, errors);
    let is_plain = is_plain(item, errors);
    is_not_generic(item, errors) && is_plain
}

fn attribute_is_there_once(item: &Trait, errors: &mut Errors) {
    for attr in &item.repeated {
        errors.report(
            Code::WrongAttribute,
            &attr.path(),
            format_args!("`{}` already has this attribute", item.ident),
            "put all keys into one",
        );
    }
}

fn is_plain(item: &Trait, errors: &mut Errors) -> bool {
    let unsafety = item
        .unsafety
        .map(|token| ("unsafe", quote::ToTokens::into_token_stream(token)));
    let auto = item
        .auto_token
        .map(|token| ("auto", quote::ToTokens::into_token_stream(token)));
    let found = unsafety.or(auto);
    if let Some((word, token)) = &found {
        errors.report(
            Code::Qualifier,
            token,
            format_args!("`{}` cannot be served: it is an `{word} trait`", item.ident),
            format_args!("write `trait {}`", item.ident),
        );
    }
    found.is_none()
}

fn is_not_generic(item: &Trait, errors: &mut Errors) -> bool {
    let generics = &item.generics;
    let help = "write the types out, or keep what is generic in the type that implements the trait";
    if !generics.params.is_empty() {
        errors.report(
            Code::Generics,
            &generics.params,
            format_args!("`{}` cannot be served: it is generic", item.ident),
            help,
        );
        return false;
    }
    if let Some(clause) = &generics.where_clause {
        errors.report(
            Code::Generics,
            &clause.where_token,
            format_args!("`{}` cannot be served: it has a `where` clause", item.ident),
            format_args!(
                "write bounds on the trait itself, as in `trait {}: Bound`",
                item.ident
            ),
        );
        return false;
    }
    true
}
