//! Text of others in messages of ours: it may be huge, so it is cut.

/// The first `characters` of `text`, with a mark where there are more.
pub(crate) fn excerpt(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
