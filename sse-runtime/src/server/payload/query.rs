use percent_encoding::percent_decode;

/// The pairs of a query (`application/x-www-form-urlencoded`). Values are bytes: one that is not
/// UTF-8 is an error where it is asked for, as to replace what it holds would be to answer another
/// request. Names that are not UTF-8 are left out, as no field has such a name.
pub(in crate::server) fn pairs(
    query: Option<&str>,
) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    let pairs = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty());
    pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((String::from_utf8(decode(name)).ok()?, decode(value)))
    })
}

fn decode(text: &str) -> Vec<u8> {
    percent_decode(text.replace('+', " ").as_bytes()).collect()
}
