//! What a POST sends.

use std::fs;
use std::io::{self, Read};
use std::str::FromStr;

use serde::de::IgnoredAny;

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body(pub(crate) Vec<u8>);

impl FromStr for Body {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix('@') {
            None => Ok(Self(text.as_bytes().to_vec())),
            Some("-") => {
                let mut body = Vec::new();
                io::stdin()
                    .read_to_end(&mut body)
                    .map_err(|error| format!("stdin cannot be read: {error}"))?;
                Ok(Self(body))
            }
            Some(path) => fs::read(path)
                .map(Self)
                .map_err(|error| format!("`{path}` cannot be read: {error}")),
        }
    }
}

impl Body {
    /// What it is sent as unless a header says otherwise.
    pub(crate) fn media_type(&self) -> &'static str {
        if serde_json::from_slice::<IgnoredAny>(&self.0).is_ok() {
            "application/json"
        } else {
            "text/plain"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_recognised_by_reading_it() {
        for (text, media_type) in [
            (r#"{"a": 1}"#, "application/json"),
            ("[1,]", "text/plain"),
            ("", "text/plain"),
        ] {
            let body: Body = text.parse().expect("a body");
            assert_eq!(body.media_type(), media_type, "{text}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let refusal = "@/nowhere/at/all"
            .parse::<Body>()
            .expect_err("there is none");
        assert!(
            refusal.starts_with("`/nowhere/at/all` cannot be read: "),
            "{refusal}"
        );
    }
}
