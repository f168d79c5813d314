//! Durations: whole numbers with a unit.

use proc_macro2::Ident;
use syn::Token;
use syn::parse::ParseStream;

use super::value::{here, text};
use crate::errors::{Code, Errors};

/// Milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period(pub(crate) u64);

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
    let at = here(&{
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
