//! Reads TypeScript types as ts-rs writes them, as far as one has to look into them: unions, objects,
//! literals.

/// A member of an object type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    /// ts-rs quotes all names of variants, and of fields those that need it.
    pub(super) is_quoted: bool,
    pub(super) ty: &'a str,
}

/// The parts of `text` between `separator`s that stand outside of all brackets, texts and comments.
/// Brackets around the whole are taken off; an empty last part, after a trailing separator, is none.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let text = unwrapped(text);
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, char, depth) in significant(text) {
        if char == separator && depth == 0 {
            parts.push(text.get(start..at).unwrap_or_default().trim());
            start = at + char.len_utf8();
        }
    }
    parts.push(text.get(start..).unwrap_or_default().trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The content of `"…"`.
pub(super) fn literal(text: &str) -> Option<&str> {
    let content = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    (!content.contains('"')).then_some(content)
}

/// The members of `{ … }`; `None` for any other type, mapped types among them.
pub(super) fn object(text: &str) -> Option<Vec<Member<'_>>> {
    let text = unwrapped(text);
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    // The first bracket is closed by the last, and not by one before it: `{ … } & { … }`.
    let closes_early =
        significant(text).any(|(at, char, depth)| char == '}' && depth == 0 && at + 1 < text.len());
    if closes_early {
        return None;
    }
    split(inner, ',').into_iter().map(member).collect()
}

/// `key: T`, `"key"?: T`, with or without a comment before it.
fn member(text: &str) -> Option<Member<'_>> {
    let mut text = text.trim();
    while let Some(comment) = text.strip_prefix("/*") {
        text = comment.split_once("*/")?.1.trim_start();
    }
    let quoted = text.strip_prefix('"');
    let (key, rest) = match quoted {
        Some(quoted) => quoted.split_once('"')?,
        None => text.split_at(text.find([':', '?', '['])?),
    };
    let rest = rest.trim_start();
    let ty = rest.strip_prefix('?').unwrap_or(rest).strip_prefix(':')?;
    Some(Member {
        key: key.trim(),
        is_quoted: quoted.is_some(),
        ty: ty.trim(),
    })
}

/// The words of a type that may be names of types: neither keys nor in texts and comments.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    let mut end = 0;
    significant(text).filter_map(move |(at, char, _)| {
        if at < end || !is_part(char) {
            return None;
        }
        let rest = text.get(at..)?;
        let word = rest.split(|char| !is_part(char)).next()?;
        end = at + word.len();
        let after = text.get(end..)?.trim_start();
        let after = after.strip_prefix('?').unwrap_or(after);
        (!after.starts_with(':')).then_some(word)
    })
}

/// A type without round brackets around the whole of it.
fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
    else {
        return text;
    };
    let closes_early =
        significant(text).any(|(at, char, depth)| char == ')' && depth == 0 && at + 1 < text.len());
    if closes_early { text } else { unwrapped(inner) }
}

/// Every character outside of texts and comments, with its place and the number of brackets that are
/// open around it. A bracket itself counts as outside of what it opens or closes.
fn significant(text: &str) -> impl Iterator<Item = (usize, char, usize)> + '_ {
    let mut depth = 0_usize;
    let mut end_of_skipped = 0;
    let mut last = ' ';
    text.char_indices().filter_map(move |(at, char)| {
        if at < end_of_skipped {
            return None;
        }
        let rest = text.get(at..).unwrap_or_default();
        let skipped = match char {
            '"' => rest
                .get(1..)
                .and_then(|rest| rest.find('"'))
                .map(|len| len + 2),
            '/' if rest.starts_with("/*") => rest.find("*/").map(|len| len + 2),
            _ => None,
        };
        if let Some(len) = skipped {
            end_of_skipped = at + len;
            last = char;
            return None;
        }
        let is_arrow = last == '=' && char == '>';
        last = char;
        match char {
            '{' | '[' | '(' | '<' => {
                depth += 1;
                Some((at, char, depth - 1))
            }
            '}' | ']' | ')' | '>' if !is_arrow => {
                depth = depth.saturating_sub(1);
                Some((at, char, depth))
            }
            _ => Some((at, char, depth)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_is_split_where_it_is_one() {
        assert_eq!(
            split(
                r#"{ "a": X | Y } | "b | c" | Array<D | E> | /* | */ F"#,
                '|'
            ),
            [
                r#"{ "a": X | Y }"#,
                r#""b | c""#,
                "Array<D | E>",
                "/* | */ F"
            ]
        );
        assert_eq!(split("((A | B))", '|'), ["A", "B"]);
        assert_eq!(split("(A | B) & (C | D)", '|'), ["(A | B) & (C | D)"]);
        assert_eq!(split("() => A | B", '|'), ["() => A", "B"]);
    }

    #[test]
    fn an_object_has_members_whatever_stands_in_their_comments() {
        let text = "{ \n/**\n * a, b: c }\n */\nid: number | bigint, \"disk-full\"?: { a: B, }, }";
        let members = object(text).expect("an object");
        let members: Vec<_> = members.iter().map(|it| (it.key, it.ty)).collect();
        assert_eq!(
            members,
            [("id", "number | bigint"), ("disk-full", "{ a: B, }")]
        );
        assert_eq!(object("{  }"), Some(vec![]));
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in [
            "string",
            "{ a: B } & { c: D }",
            "{ [key in string]: number }",
            "[A, B]",
            "",
            "{",
        ] {
            assert_eq!(object(text), None, "{text}");
        }
    }

    #[test]
    fn a_literal_is_one_text_in_quotes() {
        assert_eq!(literal(r#" "a" "#), Some("a"));
        assert_eq!(literal(r#""a" | "b""#), None);
        assert_eq!(literal("a"), None);
    }

    #[test]
    fn words_are_neither_keys_nor_texts() {
        let text = r#"{ Key: Item, "Quoted": Array<Other>, opt?: /* No */ Third, tag: "Text" }"#;
        assert_eq!(
            words(text).collect::<Vec<_>>(),
            ["Item", "Array", "Other", "Third"]
        );
    }
}
