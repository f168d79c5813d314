use std::fmt;

/// What was received of a stream, as text: for snapshots, and to be looked at.
///
/// It displays as it was on the wire, and equals a text that is the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Transcript(String);

impl Transcript {
    pub(super) fn of(received: &[u8]) -> Self {
        Self(String::from_utf8_lossy(received).into_owned())
    }

    /// Replaces the values of a field by what `told` says of each, where they are others in each
    /// run: ids that begin with the epoch of a log, advice with jitter, times in the data.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use sse_runtime::testing::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let wire = "retry: 3127\n\nid: 18c0ffee-7\ndata: disk is full\n\n";
    /// let client = Client::new(Router::new().route("/", get(move || async move { wire })));
    /// let mut response = client.get("/").await;
    /// response.text().await;
    ///
    /// let transcript = response.transcript();
    /// assert_eq!(transcript, wire);
    /// let stable = transcript
    ///     .redact("retry", |_| "RETRY".to_owned())
    ///     .redact("id", |id| id.replace("18c0ffee", "EPOCH"));
    /// assert_eq!(stable, "retry: RETRY\n\nid: EPOCH-7\ndata: disk is full\n\n");
    /// # }
    /// ```
    #[must_use]
    pub fn redact(&self, field: &str, mut told: impl FnMut(&str) -> String) -> Self {
        let mut text = String::with_capacity(self.0.len());
        for line in self.0.split_inclusive(['\r', '\n']) {
            let end = line.trim_end_matches(['\r', '\n']).len();
            let (content, line_end) = line.split_at(end);
            // "Collect the characters on the line after the first U+003A COLON character (:), and let
            // value be that string. If value starts with a U+0020 SPACE character, remove it from
            // value." (§9.2.6)
            match content.split_once(':').filter(|(name, _)| *name == field) {
                Some((_, value)) => {
                    let value = told(value.strip_prefix(' ').unwrap_or(value));
                    text.extend([field, ": ", &value]);
                }
                None => text.push_str(content),
            }
            text.push_str(line_end);
        }
        Self(text)
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl AsRef<str> for Transcript {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Transcript {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Transcript {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
