//! The parameters after `&self`: the payload, the stream, and extractors.

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    FnArg, GenericArgument, Pat, PathArguments, PathSegment, Type, TypeImplTrait, TypeParamBound,
};

use crate::errors::{Code, Errors};
use crate::item::Method;
use crate::model::Parameter;

/// What the parameters are.
pub(super) struct Parameters {
    /// `None`: one of them is refused.
    pub(super) known: Option<Vec<Parameter>>,
    pub(super) has_stream: bool,
    /// Something is there in the place of a stream, and is reported.
    pub(super) is_stream_refused: bool,
    /// The type of the events of the stream.
    pub(super) event: Option<Type>,
    /// The trait to define for the stream, by the name that is written.
    pub(super) stream_trait: Option<Ident>,
}

pub(super) fn check(method: &Method, expected: &str, errors: &mut Errors) -> Parameters {
    let mut found = Parameters {
        known: Some(Vec::new()),
        has_stream: false,
        is_stream_refused: false,
        event: None,
        stream_trait: None,
    };
    let typed: Vec<(&Pat, &Type)> = method
        .sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some((&*typed.pat, ungrouped(&typed.ty))),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let has_stream = typed.iter().any(|(_, ty)| mentions_stream(ty));
    for (pat, ty) in typed {
        let parameter = if is_payload(pat) {
            is_owned(ty, "the payload", errors).then(|| Parameter::Payload(ty.clone()))
        } else if mentions_stream(ty) {
            found.stream(method, ty, expected, errors)
        } else if let (Type::ImplTrait(written), false) = (ty, has_stream) {
            found.is_stream_refused = true;
            misnamed(method, written, expected, errors);
            None
        } else {
            is_owned(ty, "an extractor", errors).then(|| Parameter::Extractor(ty.clone()))
        };
        match (parameter, &mut found.known) {
            (Some(parameter), Some(known)) => known.push(parameter),
            (_, known) => *known = None,
        }
    }
    found
}

fn is_payload(pat: &Pat) -> bool {
    matches!(pat, Pat::Ident(pat) if pat.ident == "payload" || pat.ident == "_payload")
}

impl Parameters {
    /// Reads a type that mentions a `…ServerStream`.
    fn stream(
        &mut self,
        method: &Method,
        ty: &Type,
        expected: &str,
        errors: &mut Errors,
    ) -> Option<Parameter> {
        let ident = &method.sig.ident;
        if self.has_stream {
            errors.report(
                Code::TwoStreams,
                ty,
                format_args!("`{ident}` takes two streams"),
                "send all events to one, or split the method in two",
            );
            return None;
        }
        self.has_stream = true;
        let segment = match ty {
            Type::ImplTrait(written) => stream_segment(written),
            _ => None,
        };
        let Some(segment) = segment else {
            errors.report(
                Code::StreamForm,
                ty,
                format_args!("`{ident}` takes its stream as `{}`", shown(ty)),
                format_args!("write `stream: impl {expected}<Event>`"),
            );
            return None;
        };
        let name = segment.ident.to_string();
        if name != "ServerStream" {
            self.stream_trait = Some(segment.ident.clone());
            if name != expected {
                errors.report(
                    Code::StreamForm,
                    &segment.ident,
                    format_args!("the stream of `{ident}` is not called `{name}`"),
                    format_args!("write `impl {expected}<…>`, or `impl ServerStream<…>`"),
                );
            }
        }
        // Where the type of the events is missing, rustc says so.
        let event = first_type(&segment.arguments)?;
        if !is_owned(event, "the type of the events", errors) {
            return None;
        }
        self.event = Some(event.clone());
        Some(Parameter::Stream)
    }
}

fn misnamed(method: &Method, written: &TypeImplTrait, expected: &str, errors: &mut Errors) {
    let ident = &method.sig.ident;
    errors.report(
        Code::StreamForm,
        written,
        format_args!("`{}` is not the stream of `{ident}`", shown(written)),
        format_args!("write `stream: impl {expected}<Event>`"),
    );
}

fn stream_segment(written: &TypeImplTrait) -> Option<&PathSegment> {
    written.bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .filter(|segment| segment.ident.to_string().ends_with("ServerStream")),
        _ => None,
    })
}

fn mentions_stream(ty: &Type) -> bool {
    mentions(ty.to_token_stream(), &|word| word.ends_with("ServerStream"))
}

/// Whether one of the words in `tokens` is `wanted`.
pub(super) fn mentions(tokens: TokenStream, wanted: &dyn Fn(&str) -> bool) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => wanted(&word.to_string()),
        TokenTree::Group(group) => mentions(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The first type in the angle brackets at the end of a path.
pub(super) fn first_type_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    first_type(&path.path.segments.last()?.arguments)
}

fn first_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ungrouped(ty)),
        _ => None,
    })
}

/// The type itself, where a `macro_rules!` put it in as `$event:ty`.
pub(super) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        ty => ty,
    }
}

/// Whether `ty` can be named outside of the method, and holds nothing that the request would have
/// to outlive.
pub(super) fn is_owned(ty: &Type, what: &str, errors: &mut Errors) -> bool {
    let Some((at, why, help)) = borrowed(ty.to_token_stream()) else {
        return true;
    };
    errors.report(
        Code::ParameterType,
        &at,
        format_args!("{what} cannot {why}"),
        help,
    );
    false
}

/// The first part of `tokens` that only means something inside of the method, with what it would
/// be and what to write.
fn borrowed(tokens: TokenStream) -> Option<(TokenStream, &'static str, &'static str)> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = trees.as_slice();
    while let [tree, after @ ..] = rest {
        match (tree, after) {
            (TokenTree::Punct(quote), [TokenTree::Ident(name), ..])
                if quote.as_char() == '\''
                    && quote.spacing() == Spacing::Joint
                    && name != "static" =>
            {
                let lifetime = [tree.clone(), TokenTree::Ident(name.clone())];
                return Some((
                    lifetime.into_iter().collect(),
                    "borrow: it lives longer than the call",
                    "write an owned type, such as `String` for `&str`",
                ));
            }
            (TokenTree::Punct(and), [TokenTree::Punct(quote), TokenTree::Ident(name), ..])
                if and.as_char() == '&' && quote.as_char() == '\'' && name == "static" => {}
            (TokenTree::Punct(and), _) if and.as_char() == '&' => {
                return Some((
                    tree.clone().into(),
                    "borrow: it lives longer than the call",
                    "write an owned type, such as `String` for `&str`",
                ));
            }
            (TokenTree::Ident(word), _) if word == "impl" => {
                return Some((
                    tree.clone().into(),
                    "be an `impl Trait`",
                    "write the type itself",
                ));
            }
            (TokenTree::Ident(word), _) if word == "Self" => {
                return Some((
                    tree.clone().into(),
                    "depend on `Self`: the server is made for any implementor",
                    "write the type itself",
                ));
            }
            (TokenTree::Group(group), _) => {
                if let Some(found) = borrowed(group.stream()) {
                    return Some(found);
                }
            }
            _ => {}
        }
        rest = after;
    }
    None
}

/// How `part` looks in a message: on one line, spaced as people write it.
pub(super) fn shown(part: &dyn ToTokens) -> String {
    let mut text = String::new();
    show(part.to_token_stream(), &mut text);
    text.trim().to_owned()
}

fn show(tokens: TokenStream, text: &mut String) {
    let mut word_before = false;
    for tree in tokens {
        let is_word = matches!(tree, TokenTree::Ident(_) | TokenTree::Literal(_));
        if word_before && is_word {
            text.push(' ');
        }
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                show(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), '=' | '+') => {
                text.push(' ');
                text.push(punct.as_char());
                text.push(' ');
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), ',') => text.push_str(", "),
            TokenTree::Punct(punct) => text.push(punct.as_char()),
            other => text.push_str(&other.to_string()),
        }
        word_before = is_word;
    }
}
