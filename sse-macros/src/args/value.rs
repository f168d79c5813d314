//! The values of the grammar. Each reader is called with the cursor behind the key and answers
//! `None` where it has reported a mistake.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{LitStr, Token, parenthesized};

use super::{Path, malformed};
use crate::errors::{Code, Errors};
use crate::route::{Flaw, Template};

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
}

/// `name` if it is an identifier or keyword, without `r#`.
fn plain(name: &str) -> Option<&str> {
    let name = name.strip_prefix("r#").unwrap_or(name);
    syn::parse_str::<AnyIdent>(name).is_ok().then_some(name)
}

struct AnyIdent;

impl syn::parse::Parse for AnyIdent {
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

#[derive(Clone)]
pub(crate) struct Id {
    pub(crate) text: bool,
    pub(crate) field: Field,
}

/// A checked event name.
#[derive(Clone)]
pub(crate) struct Name {
    pub(crate) literal: LitStr,
}

/// Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period(pub(crate) u64);

/// A payload field and the checked name of the header or cookie that fills it.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) field: Field,
    pub(crate) name: String,
}

#[derive(Clone)]
pub(crate) enum Done {
    Flag,
    Text(LitStr),
    Variants(Vec<Ident>),
}

pub(super) fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Reads `=`, or reports that a value is missing.
fn equals(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<()> {
    if input.parse::<Token![=]>().is_err() {
        malformed(key, input, errors);
        return None;
    }
    Some(())
}

/// Reads a value with `parse`, which must be all there is up to the comma.
fn whole<T>(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
    parse: impl FnOnce(ParseStream<'_>) -> Option<T>,
) -> Option<T> {
    let ahead = input.fork();
    let value = parse(&ahead);
    if value.is_none() || !at_end(&ahead) {
        if value.is_some() {
            advance(input, &ahead);
        }
        malformed(key, input, errors);
        return None;
    }
    advance(input, &ahead);
    value
}

fn advance(input: ParseStream<'_>, to: ParseStream<'_>) {
    use syn::parse::discouraged::Speculative;
    input.advance_to(to);
}

fn text(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<LitStr> {
    equals(key, input, errors)?;
    whole(key, input, errors, |input| input.parse().ok())
}

/// `name` or `"name"`.
fn parse_field(input: ParseStream<'_>) -> Option<Field> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse().ok()?;
        return Field::named(&literal.value(), literal.span());
    }
    let word = input.call(Ident::parse_any).ok()?;
    accessible(&word).map(|ident| Field { ident })
}

/// `name`, or `form(name)` with one of the `forms`.
fn parse_formed(input: ParseStream<'_>, forms: &[(&str, Form)]) -> Option<(Form, Field)> {
    if !input.peek2(syn::token::Paren) {
        return parse_field(input).map(|field| (Form::ByType, field));
    }
    let word: Ident = input.parse().ok()?;
    let (_, form) = forms.iter().find(|(name, _)| word == name)?;
    let content = in_parentheses(input)?;
    let field = parse_field(&content)?;
    content.is_empty().then_some((*form, field))
}

fn in_parentheses(input: ParseStream<'_>) -> Option<syn::parse::ParseBuffer<'_>> {
    let parse = || {
        let content;
        parenthesized!(content in input);
        Ok::<_, syn::Error>(content)
    };
    parse().ok()
}

pub(super) fn field(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Field> {
    equals(key, input, errors)?;
    whole(key, input, errors, parse_field)
}

pub(super) fn data(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Data> {
    equals(key, input, errors)?;
    let forms = [("json", Form::Json), ("text", Form::Text)];
    let (form, field) = whole(key, input, errors, |input| parse_formed(input, &forms))?;
    Some(Data { form, field })
}

pub(super) fn id(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Id> {
    equals(key, input, errors)?;
    let forms = [("text", Form::Text)];
    let (form, field) = whole(key, input, errors, |input| parse_formed(input, &forms))?;
    let text = form == Form::Text;
    Some(Id { text, field })
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

/// `key(field = "Name", …)`.
fn sources(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
    checked: impl Fn(&LitStr, &mut Errors) -> Option<String>,
) -> Option<Vec<Source>> {
    let pairs = whole(key, input, errors, |input| {
        let content = in_parentheses(input)?;
        let pair = |input: ParseStream<'_>| {
            let field = parse_field(input).ok_or_else(|| input.error("no field"))?;
            input.parse::<Token![=]>()?;
            Ok((field, input.parse::<LitStr>()?))
        };
        let pairs = content.parse_terminated(pair, Token![,]).ok()?;
        (!pairs.is_empty()).then_some(pairs)
    })?;
    let sources = pairs.into_iter().filter_map(|(field, literal)| {
        let name = checked(&literal, errors)?;
        Some(Source { field, name })
    });
    Some(sources.collect())
}

pub(super) fn headers(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Option<Vec<Source>> {
    sources(key, input, errors, |literal, errors| {
        let name = token(literal, "header", errors)?.to_ascii_lowercase();
        if name == "last-event-id" {
            errors.report(
                Code::LastEventIdAsHeader,
                literal,
                "the header `Last-Event-ID` has a key of its own",
                "write `last_event_id = …`, which also takes it from the query, where a page's \
                 first request carries it",
            );
            return None;
        }
        Some(name)
    })
}

pub(super) fn cookies(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Option<Vec<Source>> {
    sources(key, input, errors, |literal, errors| {
        token(literal, "cookie", errors)
    })
}

/// A token of RFC 9110 §5.6.2, which is also what RFC 6265 §4.1.1 takes as the name of a cookie.
fn token(literal: &LitStr, of: &str, errors: &mut Errors) -> Option<String> {
    let name = literal.value();
    let foreign = name
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`|~".contains(*c));
    let what = match foreign {
        None if !name.is_empty() => return Some(name),
        None => format!("the name of a {of} cannot be empty"),
        Some(c) => format!("{c:?} cannot stand in the name of a {of}"),
    };
    errors.report(
        Code::SourceName,
        literal,
        what,
        "use letters, digits, `-` and `_`",
    );
    None
}

pub(super) fn event_name(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Name> {
    let literal = text(key, input, errors)?;
    let name = literal.value();
    let what = if name.is_empty() {
        "the name of an event cannot be empty"
    } else if name.contains(['\r', '\n']) {
        "the name of an event cannot hold a line break"
    } else {
        return unreserved(key, literal, errors);
    };
    let write = format_args!("write a name, as in `{key} = \"{}\"`", example(key));
    errors.report(Code::EventName, &literal, what, write);
    None
}

fn example(key: &Ident) -> &'static str {
    match key.to_string().as_str() {
        "ping_event" => "ping",
        "error_event" => "failure",
        _ => "tick",
    }
}

fn unreserved(key: &Ident, literal: LitStr, errors: &mut Errors) -> Option<Name> {
    let name = literal.value();
    let why = match name.as_str() {
        "open" => "a browser raises it when the connection opens",
        "error" if key != "error_event" => "a browser raises it when the connection fails",
        "gap" => "it tells a client that events are missing",
        _ => return Some(Name { literal }),
    };
    errors.report(
        Code::ReservedEventName,
        &literal,
        format_args!("the event name `{name}` is taken: {why}"),
        format_args!("choose another, as in `{key} = \"{}\"`", example(key)),
    );
    None
}

/// Longer than any of the three can sensibly be; what lies above is a slip of the unit.
const LONGEST: u64 = 24 * 60 * 60 * 1000;

pub(super) fn period(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Period> {
    let literal = text(key, input, errors)?;
    let written = literal.value();
    let Some(milliseconds) = milliseconds(&written) else {
        let help = if written == "none" {
            format!("write `{key} = none`, without the quotes")
        } else {
            "write a whole number and a unit, `ms`, `s`, `m` or `h`, as in `\"15s\"`".to_owned()
        };
        let what = format_args!("`{written}` is no duration");
        errors.report(Code::Duration, &literal, what, help);
        return None;
    };
    if milliseconds > LONGEST {
        errors.report(
            Code::Duration,
            &literal,
            format_args!("`{written}` is too long for `{key}`"),
            "write at most `\"24h\"`",
        );
        return None;
    }
    Some(Period(milliseconds))
}

pub(super) fn keep_alive(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> Option<Period> {
    let at = super::here(&{
        let ahead = input.fork();
        let _equals = ahead.parse::<Token![=]>();
        ahead
    });
    let period = period(key, input, errors)?;
    if period == Period(0) {
        errors.report(
            Code::Duration,
            &at,
            "a heartbeat needs time between its beats",
            "write a longer one, as in `\"15s\"`, or `keep_alive = none` to switch it off",
        );
        return None;
    }
    Some(period)
}

/// The duration that `text` writes; more than fits is as good as the longest that fits.
fn milliseconds(text: &str) -> Option<u64> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(unit_at);
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    if digits.is_empty() {
        return None;
    }
    let number: u64 = digits.parse().unwrap_or(u64::MAX);
    Some(number.saturating_mul(factor))
}

pub(super) fn path(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Path> {
    let literal = text(key, input, errors)?;
    match Template::parse(&literal.value()) {
        Ok(template) => Some(Path { literal, template }),
        Err(flaw) => {
            report_flaw(flaw, &literal, errors);
            None
        }
    }
}

/// Reports why the path at `at` is none.
pub(crate) fn report_flaw(flaw: Flaw, at: &dyn quote::ToTokens, errors: &mut Errors) {
    match flaw {
        Flaw::Syntax { what, help } => errors.report(Code::Path, at, what, help),
        Flaw::Repeated(name) => errors.report(
            Code::RepeatedParameter,
            at,
            format_args!("the path parameter `{{{name}}}` is there twice"),
            "give each its own name: each fills one payload field",
        ),
    }
}

pub(super) fn prefix(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<Path> {
    let path = path(key, input, errors)?;
    let text = path.template.text();
    let (what, help) = if let Some(shorter) = text.strip_suffix('/') {
        let help = if shorter.is_empty() {
            "leave it out".to_owned()
        } else {
            format!("write `{key} = \"{shorter}\"`")
        };
        (format!("the prefix `{text}` ends with `/`"), help)
    } else if text.contains("{*") {
        let what =
            format!("the prefix `{text}` takes the rest of the path, but a route follows it");
        (what, "move `{*…}` to the end of the routes".to_owned())
    } else {
        return Some(path);
    };
    errors.report(Code::Path, &path.literal, what, help);
    None
}

pub(super) fn krate(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Option<syn::Path> {
    equals(key, input, errors)?;
    let (path, at) = whole(key, input, errors, |input| {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse().ok()?;
            let path = literal.parse_with(syn::Path::parse_mod_style).ok()?;
            return Some((path, quote::ToTokens::into_token_stream(literal)));
        }
        let path = syn::Path::parse_mod_style(input).ok()?;
        let tokens = quote::ToTokens::to_token_stream(&path);
        Some((path, tokens))
    })?;
    if path.leading_colon.is_none() {
        let shown: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let shown = shown.join("::");
        errors.report(
            Code::CratePath,
            &at,
            format_args!("`{shown}` means something else in each module"),
            format_args!(
                "write an absolute path, as in `crate = ::{}`",
                absolute(&shown)
            ),
        );
        return None;
    }
    Some(path)
}

/// A path under `crate::` begins with the crate's own name, which a macro does not know.
fn absolute(relative: &str) -> String {
    let tail = ["crate", "self", "super"]
        .iter()
        .find_map(|word| relative.strip_prefix(word));
    tail.map_or_else(
        || relative.to_owned(),
        |tail| format!("name_of_this_crate{tail}"),
    )
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn a_duration_is_a_whole_number_with_a_unit() {
        assert_eq!(milliseconds("500ms"), Some(500));
        assert_eq!(milliseconds("15s"), Some(15_000));
        assert_eq!(milliseconds("2m"), Some(120_000));
        assert_eq!(milliseconds("1h"), Some(3_600_000));
        for text in ["", "15", "s", "1.5s", "-1s", "+1s", "1 s", "1d", "1S", "s1"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_beyond_all_bounds_is_still_a_number() {
        assert_eq!(milliseconds("99999999999999999999h"), Some(u64::MAX));
    }
}
