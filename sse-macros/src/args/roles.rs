//! The roles of fields, and what ends a stream.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{LitStr, Token};

use super::Field;
use super::value::{at_end, equals, in_parentheses, text, whole};
use crate::errors::{Code, Errors};

/// How a field becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As its type says.
    ByType,
    Json,
    Text,
}

#[derive(Clone)]
pub(crate) struct Data {
    pub(crate) form: Form,
    pub(crate) field: Field,
}

/// A field that becomes one text: an id or a key.
#[derive(Clone)]
pub(crate) struct Scalar {
    pub(crate) text: bool,
    pub(crate) field: Field,
}

#[derive(Clone)]
pub(crate) enum Done {
    Flag,
    Text(LitStr),
    Variants(Vec<Ident>),
}

pub(super) fn field(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Field> {
    equals(key, input, errors)?;
    whole(key, input, errors, Field::parse)
}

pub(super) fn data(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Data> {
    equals(key, input, errors)?;
    let forms = [("json", Form::Json), ("text", Form::Text)];
    let (form, field) = whole(key, input, errors, |input| parse_formed(input, &forms))?;
    Some(Data { form, field })
}

pub(super) fn scalar(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Scalar> {
    equals(key, input, errors)?;
    let forms = [("text", Form::Text)];
    let (form, field) = whole(key, input, errors, |input| parse_formed(input, &forms))?;
    let text = form == Form::Text;
    Some(Scalar { text, field })
}

pub(super) fn variants(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Option<Option<LitStr>> {
    if at_end(input) {
        return Some(None);
    }
    let tag = text(key, input, errors)?;
    if tag.value().is_empty() {
        errors.report(
            Code::Malformed,
            &tag,
            "the tag of an enum has a name",
            "write the name in `#[serde(tag = …)]`, as in `variants = \"type\"`",
        );
        return None;
    }
    Some(Some(tag))
}

pub(super) fn done(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Done> {
    if at_end(input) {
        return Some(Done::Flag);
    }
    if input.peek(syn::token::Paren) {
        return whole(key, input, errors, |input| {
            let content = in_parentheses(input)?;
            let list = Punctuated::<Ident, Token![,]>::parse_terminated(&content).ok()?;
            (!list.is_empty()).then(|| Done::Variants(list.into_iter().collect()))
        });
    }
    equals(key, input, errors)?;
    whole(key, input, errors, |input| {
        if input.peek(LitStr) {
            return input.parse().ok().map(Done::Text);
        }
        input
            .parse()
            .ok()
            .map(|variant| Done::Variants(vec![variant]))
    })
}

/// `name`, or `form(name)` with one of the `forms`.
fn parse_formed(input: ParseStream<'_>, forms: &[(&str, Form)]) -> Option<(Form, Field)> {
    if !input.peek2(syn::token::Paren) {
        return Field::parse(input).map(|field| (Form::ByType, field));
    }
    let word: Ident = input.parse().ok()?;
    let (_, form) = forms.iter().find(|(name, _)| word == name)?;
    let content = in_parentheses(input)?;
    let field = Field::parse(&content)?;
    content.is_empty().then_some((*form, field))
}
