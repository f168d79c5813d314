use std::borrow::Cow;

use percent_encoding::percent_decode;

/// The pairs of a query (`application/x-www-form-urlencoded`). A value that is not UTF-8 is `None`:
/// to replace what it holds would be to answer another request. Names that are not UTF-8 are left
/// out, as no field has such a name.
pub(in crate::server) fn pairs(
    query: Option<&str>,
) -> impl Iterator<Item = (String, Option<String>)> + '_ {
    query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)))
        })
}

fn decode(text: &str) -> Option<String> {
    let text: Cow<'_, str> = if text.contains('+') {
        text.replace('+', " ").into()
    } else {
        text.into()
    };
    percent_decode(text.as_bytes())
        .decode_utf8()
        .ok()
        .map(Cow::into_owned)
}
