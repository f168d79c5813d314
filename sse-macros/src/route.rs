//! Paths in axum's syntax: `/topics/{topic}/events`, `/files/{*rest}`.

use std::fmt::Display;

/// A path that axum takes, with the names of its parameters in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    parameters: Vec<String>,
}

/// What a router tells paths apart by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment<'a> {
    Literal(&'a str),
    Parameter,
    Rest,
}

/// Why a text is no [`Template`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Syntax { what: String, help: String },
    Repeated(String),
}

impl Template {
    /// The path that `text` writes.
    pub(crate) fn parse(text: &str) -> Result<Self, Flaw> {
        let Some(segments) = text.strip_prefix('/') else {
            return Err(syntax(
                format!("the path `{text}` does not start with `/`"),
                format!("write `/{text}`"),
            ));
        };
        if let Some(flaw) = text.chars().find_map(foreign_character) {
            return Err(flaw);
        }
        let mut parameters: Vec<String> = Vec::new();
        let mut segments = segments.split('/').peekable();
        while let Some(segment) = segments.next() {
            let Some(name) = parameter(segment)? else {
                continue;
            };
            if name.starts_with('*') && segments.peek().is_some() {
                return Err(syntax(
                    format!("`{segment}` takes the rest of the path, but more follows it"),
                    "move it to the end",
                ));
            }
            let name = name.strip_prefix('*').unwrap_or(name);
            if parameters.iter().any(|known| known == name) {
                return Err(Flaw::Repeated(name.to_owned()));
            }
            parameters.push(name.to_owned());
        }
        Ok(Self {
            text: text.to_owned(),
            parameters,
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// This path below the prefix `prefix`.
    pub(crate) fn below(&self, prefix: &Self) -> Result<Self, Flaw> {
        Self::parse(&format!("{}{}", prefix.text, self.text))
    }

    /// Whether a router takes both for one path, whatever their parameters are called.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.segments().eq(other.segments())
    }

    /// Whether the one has a parameter where the other takes the rest of the path: a router refuses
    /// to choose.
    pub(crate) fn competes_with(&self, other: &Self) -> bool {
        let mut pairs = self.segments().zip(other.segments());
        matches!(
            pairs.find(|(a, b)| a != b),
            Some((Segment::Parameter, Segment::Rest) | (Segment::Rest, Segment::Parameter))
        )
    }

    fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.text.split('/').map(|segment| {
            if segment.starts_with("{*") {
                Segment::Rest
            } else if segment.starts_with('{') {
                Segment::Parameter
            } else {
                Segment::Literal(segment)
            }
        })
    }
}

/// The name between the braces of a segment, with the `*` of a catch-all; `None` for a literal.
fn parameter(segment: &str) -> Result<Option<&str>, Flaw> {
    if segment.starts_with([':', '*']) {
        let name = segment.trim_start_matches([':', '*']);
        let star = if segment.starts_with('*') { "*" } else { "" };
        return Err(syntax(
            format!("`{segment}` is not how a parameter is written"),
            format!("write `{{{star}{name}}}`"),
        ));
    }
    if !segment.contains(['{', '}']) {
        return Ok(None);
    }
    let inner = segment
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .filter(|inner| !inner.contains(['{', '}']));
    let Some(inner) = inner else {
        return Err(syntax(
            format!("`{segment}` is not a whole parameter"),
            "a parameter fills its segment, as in `/topics/{topic}/events`",
        ));
    };
    let name = inner.strip_prefix('*').unwrap_or(inner);
    if name.is_empty() {
        return Err(syntax(
            format!("the parameter `{segment}` has no name"),
            "name the payload field that it fills, as in `{topic}`",
        ));
    }
    if !is_field_name(name) {
        return Err(syntax(
            format!("the parameter `{segment}` is not named like a field"),
            "use a Rust identifier, as in `{topic}`",
        ));
    }
    Ok(Some(inner))
}

fn is_field_name(name: &str) -> bool {
    name != "_" && syn::parse_str::<syn::Ident>(&format!("r#{name}")).is_ok()
}

/// A character that RFC 3986 §3.3 does not let stand in a path. Paths are matched as they come
/// over the wire, so such a route would never be reached.
fn foreign_character(c: char) -> Option<Flaw> {
    match c {
        '{' | '}' | '/' | '%' => None,
        _ if c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(c) => None,
        '?' => Some(syntax(
            "a path ends before its `?`",
            "leave the query out: every payload field without another source comes from it",
        )),
        '#' => Some(syntax(
            "a path ends before its `#`",
            "leave the fragment out: browsers do not send it",
        )),
        _ => Some(syntax(
            format!("the character {c:?} cannot stand in a path"),
            "percent-encode it, as in `/a%20b`",
        )),
    }
}

fn syntax(what: impl Display, help: impl Display) -> Flaw {
    Flaw::Syntax {
        what: what.to_string(),
        help: help.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Vec<String> {
        Template::parse(text).unwrap().parameters
    }

    #[test]
    fn parameters_are_named_in_order() {
        assert_eq!(parameters("/a/{b}/c/{*rest}"), ["b", "rest"]);
        assert_eq!(parameters("/"), Vec::<String>::new());
        assert_eq!(parameters("/{type}"), ["type"]);
    }

    #[test]
    fn a_parameter_fills_its_segment() {
        for text in [
            "/a{b}", "/{b}c", "/{b}{c}", "/{b", "/b}", "/{{b}}", "/{}", "/{*}",
        ] {
            assert!(
                matches!(Template::parse(text), Err(Flaw::Syntax { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn a_parameter_is_named_like_a_field() {
        for text in ["/{a-b}", "/{1}", "/{_}", "/{self}", "/{a b}"] {
            assert!(
                matches!(Template::parse(text), Err(Flaw::Syntax { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn the_old_axum_syntax_is_explained() {
        let Err(Flaw::Syntax { help, .. }) = Template::parse("/a/:b") else {
            panic!("accepted")
        };
        assert_eq!(help, "write `{b}`");
    }

    #[test]
    fn a_catch_all_is_last() {
        assert!(Template::parse("/{*a}/b").is_err());
        assert!(Template::parse("/b/{*a}").is_ok());
    }

    #[test]
    fn a_parameter_is_there_once() {
        assert_eq!(
            Template::parse("/{a}/{a}"),
            Err(Flaw::Repeated("a".to_owned()))
        );
        let prefix = Template::parse("/{a}").unwrap();
        let below = Template::parse("/b/{a}").unwrap().below(&prefix);
        assert_eq!(below, Err(Flaw::Repeated("a".to_owned())));
    }

    #[test]
    fn only_characters_of_a_path_stand_in_it() {
        for text in ["/a?b=c", "/a#b", "/a b", "/ü", "a", "/a\n"] {
            assert!(
                matches!(Template::parse(text), Err(Flaw::Syntax { .. })),
                "{text}"
            );
        }
        assert!(Template::parse("/a%20b/~c/@d;e=1").is_ok());
    }

    #[test]
    fn names_of_parameters_do_not_tell_paths_apart() {
        let template = |text| Template::parse(text).unwrap();
        assert!(template("/a/{b}").is_like(&template("/a/{c}")));
        assert!(template("/a/{*b}").is_like(&template("/a/{*c}")));
        assert!(!template("/a/{b}").is_like(&template("/a/{*b}")));
        assert!(!template("/a").is_like(&template("/a/")));
    }

    /// What axum 0.8.9 refuses and takes.
    #[test]
    fn a_parameter_and_a_catch_all_compete_for_one_place() {
        let compete = |a, b| {
            let (a, b) = (Template::parse(a).unwrap(), Template::parse(b).unwrap());
            assert_eq!(a.competes_with(&b), b.competes_with(&a));
            a.competes_with(&b)
        };
        assert!(compete("/a/{b}", "/a/{*rest}"));
        assert!(compete("/a/{b}/c", "/a/{*rest}"));
        assert!(compete("/{a}/{b}", "/{x}/{*rest}"));
        assert!(!compete("/a/b", "/a/{*rest}"));
        assert!(!compete("/a", "/{*rest}"));
        assert!(!compete("/a/{b}", "/a/{c}/d"));
        assert!(!compete("/a/{b}/x", "/a/{c}/d"));
        assert!(!compete("/{a}/b", "/x/{*b}"));
    }
}
