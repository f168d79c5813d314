//! The words of the grammar: which there are, where each belongs and what it takes.

use proc_macro2::Ident;
use syn::LitStr;
use syn::parse::ParseStream;

use super::Place;
use super::value::here;
use crate::errors::{Code, Errors};

struct Key {
    name: &'static str,
    places: &'static [Place],
    takes: &'static str,
    write: &'static str,
}

const BOTH: &[Place] = &[Place::Trait, Place::Method];
const TRAIT: &[Place] = &[Place::Trait];
const METHOD: &[Place] = &[Place::Method];

/// Every key, in the order in which messages list them.
const KEYS: [Key; 21] = [
    key("get", METHOD, "a path", "`get = \"/topics/{topic}\"`"),
    key("post", METHOD, "a path", "`post = \"/topics/{topic}\"`"),
    key(
        "path",
        TRAIT,
        "the prefix of the trait's paths",
        "`path = \"/v1\"`",
    ),
    key(
        "data",
        BOTH,
        "a field of the event",
        "`data = message`, `data = json(message)`, `data = text(message)` or `data = none`",
    ),
    key(
        "event",
        BOTH,
        "a field of the event",
        "`event = kind` or `event = none`",
    ),
    key(
        "id",
        BOTH,
        "a field of the event",
        "`id = seq`, `id = text(seq)` or `id = none`",
    ),
    key(
        "retry",
        BOTH,
        "a field of the event",
        "`retry = delay` or `retry = none`",
    ),
    key(
        "key",
        BOTH,
        "a field of the event",
        "`key = symbol`, `key = text(symbol)` or `key = none`",
    ),
    key(
        "event_name",
        BOTH,
        "a text",
        "`event_name = \"tick\"` or `event_name = none`",
    ),
    key(
        "variants",
        BOTH,
        "nothing, or the name of the tag",
        "`variants`, `variants = \"type\"` or `variants = none`",
    ),
    key(
        "last_event_id",
        BOTH,
        "a field of the payload",
        "`last_event_id = start_id` or `last_event_id = none`",
    ),
    key(
        "header",
        BOTH,
        "fields of the payload and the names of their headers",
        "`header(tenant = \"X-Tenant\")` or `header = none`",
    ),
    key(
        "cookie",
        BOTH,
        "fields of the payload and the names of their cookies",
        "`cookie(session = \"sid\")` or `cookie = none`",
    ),
    key(
        "done",
        BOTH,
        "nothing, a text, or variants of the event",
        "`done`, `done = \"[DONE]\"`, `done = Finished`, `done(Finished, Failed)` or `done = none`",
    ),
    key(
        "keep_alive",
        BOTH,
        "a duration",
        "`keep_alive = \"15s\"` or `keep_alive = none`",
    ),
    key(
        "reconnection_time",
        BOTH,
        "a duration",
        "`reconnection_time = \"3s\"` or `reconnection_time = none`",
    ),
    key(
        "open_after",
        BOTH,
        "a duration",
        "`open_after = \"1s\"` or `open_after = none`",
    ),
    key(
        "ping_event",
        BOTH,
        "a text",
        "`ping_event = \"ping\"` or `ping_event = none`",
    ),
    key(
        "error_event",
        BOTH,
        "a text",
        "`error_event = \"failure\"` or `error_event = none`",
    ),
    key(
        "client",
        BOTH,
        "nothing, or a feature of your crate",
        "`client`, `client(feature = \"client\")` or `client = none`",
    ),
    key(
        "crate",
        TRAIT,
        "the absolute path of the runtime",
        "`crate = ::name::of::it`",
    ),
];

const fn key(
    name: &'static str,
    places: &'static [Place],
    takes: &'static str,
    write: &'static str,
) -> Key {
    Key {
        name,
        places,
        takes,
        write,
    }
}

/// What the key takes, and how that is written.
pub(super) fn form(name: &str) -> (&'static str, &'static str) {
    KEYS.iter()
        .find(|key| key.name == name)
        .map_or(("no value", "the key alone"), |key| (key.takes, key.write))
}

/// Reports a known key that cannot stand here. An unknown one is let through.
pub(super) fn belongs(key: &Ident, name: &str, place: Place, errors: &mut Errors) -> Option<()> {
    let Some(known) = KEYS.iter().find(|known| known.name == name) else {
        return Some(());
    };
    if !known.places.contains(&place) {
        let (here, there) = match place {
            Place::Trait => ("the trait", "in `#[sse(…)]` on a method"),
            Place::Method => ("a method", "in `#[server_sent_events(…)]` on the trait"),
        };
        errors.report(
            Code::WrongPlace,
            key,
            format_args!("`{name}` cannot be given for {here}"),
            format_args!("write it {there}"),
        );
        return None;
    }
    Some(())
}

/// Reports a word that is no key.
pub(super) fn unknown(key: &Ident, name: &str, place: Place, errors: &mut Errors) {
    let here = || {
        KEYS.iter()
            .map(|key| (key.name, key.places.contains(&place)))
            .filter_map(|(name, here)| here.then_some(name))
    };
    let close = here()
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(edits, known)| *edits <= 2 && *edits < known.len().min(name.len()));
    let help = if let Some((_, known)) = close {
        format!("did you mean `{known}`?")
    } else {
        let list: Vec<_> = here().map(|name| format!("`{name}`")).collect();
        format!("expected one of {}", list.join(", "))
    };
    errors.report(
        Code::UnknownKey,
        key,
        format_args!("unknown key `{name}`"),
        help,
    );
}

/// Reports something that does not even begin like a key: a value without one, or noise.
pub(super) fn not_a_key(input: ParseStream<'_>, errors: &mut Errors) {
    let at = here(input);
    if let Ok(text) = input.fork().parse::<LitStr>() {
        let shown = at.to_string();
        let help = if text.value().starts_with('/') {
            format!("write `get = {shown}` in `#[sse(…)]` on a method")
        } else {
            format!(
                "write `data = {shown}` if the field `{}` is the data",
                text.value()
            )
        };
        errors.report(
            Code::Positional,
            &at,
            format_args!("{shown} has no key"),
            help,
        );
    } else {
        errors.report(
            Code::Malformed,
            &at,
            format_args!("expected a key, found `{at}`"),
            "write `key`, `key = value` or `key(…)`, with commas between",
        );
    }
}

/// Reports what follows an entry and is not its comma.
pub(super) fn expected_comma(input: ParseStream<'_>, errors: &mut Errors) {
    let at = here(input);
    errors.report(
        Code::Malformed,
        &at,
        format_args!("expected a comma, found `{at}`"),
        "write `key`, `key = value` or `key(…)`, with commas between",
    );
}

/// How many letters have to be put in, left out, changed or swapped to get from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(x != y))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_slip_of_the_finger_is_one_edit() {
        assert_eq!(distance("dta", "data"), 1);
        assert_eq!(distance("adta", "data"), 1);
        assert_eq!(distance("datum", "data"), 2);
        assert_eq!(distance("", "data"), 4);
        assert_eq!(distance("keepalive", "keep_alive"), 1);
    }
}
