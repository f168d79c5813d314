//! Which serde keys the Rust fields of a payload have.

#[cfg(feature = "server")]
mod revealed;

#[cfg(feature = "server")]
pub(crate) use revealed::of;

/// The keys that mean the Rust field `name`: equal, else equal up to case, `_` and `-`, as
/// `rename_all` makes them. An exact one comes first.
pub(crate) fn matching<'a>(keys: &[&'a str], name: &str) -> Vec<&'a str> {
    let mut found: Vec<_> = keys
        .iter()
        .copied()
        .filter(|key| means(key, name))
        .collect();
    found.sort_by_key(|key| *key != name);
    found
}

/// Whether a key may be that of the Rust field or variant `name`.
pub(crate) fn means(key: &str, name: &str) -> bool {
    folded(key).eq(folded(name))
}

fn folded(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars()
        .filter(|char| !matches!(char, '_' | '-'))
        .flat_map(char::to_lowercase)
}
