//! Headers as one types them, or as a file has them.

use std::fs;
use std::str::FromStr;

use http::{HeaderName, HeaderValue};

/// A header of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
}

/// What one `-H` gives: a header, or those of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Headers(pub(crate) Vec<Header>);

impl FromStr for Headers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(path) = text.strip_prefix('@') else {
            return text.parse().map(|header| Self(vec![header]));
        };
        let content = fs::read_to_string(path)
            .map_err(|error| format!("`{path}` cannot be read: {error}"))?;
        // A message must not show what the file is there to hide, so it names the line only.
        let line = |(number, line): (usize, &str)| {
            line.parse().map_err(|_| {
                format!(
                    "line {} of `{path}` is no header; write `Name: value`",
                    number + 1
                )
            })
        };
        let lines = content
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        lines.map(line).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once(':')
            .ok_or("it has no colon; write `Name: value`")?;
        let name = name.trim();
        let name = name.parse().map_err(|_| {
            format!("`{name}` is no name of a header; it has letters, digits and hyphens")
        })?;
        let value = HeaderValue::from_str(value.trim())
            .map_err(|_| format!("the value of `{name}` has a control character; remove it"))?;
        Ok(Self { name, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<Headers>().expect_err(text)
    }

    #[test]
    fn the_value_is_what_follows_the_first_colon() {
        let header: Header = "X-Time:  12:30 ".parse().expect("a header");
        assert_eq!(
            (header.name.as_str(), header.value.as_bytes()),
            ("x-time", &b"12:30"[..])
        );
    }

    #[test]
    fn what_is_no_header_is_refused_with_the_reason() {
        assert_eq!(
            refusal("authorization"),
            "it has no colon; write `Name: value`"
        );
        assert_eq!(
            refusal("a b: c"),
            "`a b` is no name of a header; it has letters, digits and hyphens"
        );
        assert_eq!(
            refusal("a: b\nc"),
            "the value of `a` has a control character; remove it"
        );
    }

    #[test]
    fn a_file_has_a_header_a_line_and_its_content_is_never_quoted() {
        let file = tempfile::NamedTempFile::new().expect("a writable directory");
        let argument = format!("@{}", file.path().display());
        fs::write(file.path(), "Authorization: Bearer 7\n\nX-A: b\n").expect("a writable file");
        let Headers(headers) = argument.parse().expect("two headers");
        assert_eq!(headers.len(), 2);

        fs::write(file.path(), "X-A: b\nsecret\n").expect("a writable file");
        let refusal = refusal(&argument);
        assert!(refusal.starts_with("line 2 of `"), "{refusal}");
        assert!(!refusal.contains("secret"), "{refusal}");
    }
}
