//! What the things of a log are called in NATS.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::super::ChannelName;

/// The subjects of one namespace.
///
/// | subject | what |
/// |---|---|
/// | `sse.<channel>.log` | what was appended to the channel |
/// | `sse.<channel>.end` | that it has ended |
/// | `sse-live.<channel>.log`, `….end` | what the server has stored on those two, once it has |
/// | `sse-live.<channel>.signal` | its signals |
#[derive(Clone, Debug)]
pub(super) struct Subjects {
    namespace: String,
}

/// What a token of a subject may hold, and what says nothing to a server or a shell.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'=')
    .remove(b'~');

/// Reversible, and readable as long as it can be: `rooms/1` is itself, `a.b` is `a%2Eb`.
pub(super) fn token(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, PLAIN)
}

impl Subjects {
    /// Of a namespace that is itself a token.
    pub(super) fn new(namespace: &str) -> Option<Self> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let fits = (1..=64).contains(&namespace.len()) && namespace.chars().all(is_token);
        fits.then(|| Self {
            namespace: namespace.to_owned(),
        })
    }

    /// Those that the stream keeps.
    pub(super) fn kept(&self) -> [String; 2] {
        ["log", "end"].map(|what| format!("{}.*.{what}", self.namespace))
    }

    /// From where to where the server passes on what it has stored.
    pub(super) fn passed_on(&self) -> (String, String) {
        (
            format!("{}.>", self.namespace),
            format!("{}-live.>", self.namespace),
        )
    }

    pub(super) fn log(&self, channel: &ChannelName) -> String {
        format!("{}.{}.log", self.namespace, token(channel.as_str()))
    }

    pub(super) fn end(&self, channel: &ChannelName) -> String {
        format!("{}.{}.end", self.namespace, token(channel.as_str()))
    }

    /// The ends of all channels.
    pub(super) fn all_ends(&self) -> String {
        format!("{}.*.end", self.namespace)
    }

    /// All that is heard of a channel.
    pub(super) fn live(&self, channel: &ChannelName) -> String {
        format!("{}-live.{}.*", self.namespace, token(channel.as_str()))
    }

    /// All that is heard of all channels.
    pub(super) fn all_live(&self) -> String {
        format!("{}-live.>", self.namespace)
    }

    /// The channel of a subject on which something is heard.
    pub(super) fn channel(&self, live: &str) -> Option<ChannelName> {
        let rest = live.strip_prefix(&self.namespace)?;
        let (token, _) = rest.strip_prefix("-live.")?.split_once('.')?;
        named(token)
    }

    /// The channel of a subject of ends.
    pub(super) fn ended(&self, end: &str) -> Option<ChannelName> {
        let rest = end.strip_prefix(&self.namespace)?;
        named(rest.strip_prefix('.')?.strip_suffix(".end")?)
    }

    pub(super) fn signal(&self, channel: &ChannelName) -> String {
        format!("{}-live.{}.signal", self.namespace, token(channel.as_str()))
    }
}

/// The channel of which that is the token.
fn named(token: &str) -> Option<ChannelName> {
    let name = percent_decode_str(token).decode_utf8().ok()?;
    ChannelName::new(&*name).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channel(name: &str) -> ChannelName {
        ChannelName::new(name).unwrap()
    }

    #[test]
    fn a_plain_name_is_itself() {
        let subjects = Subjects::new("sse").unwrap();
        let log = subjects.log(&channel("rooms/1_a-b:c@d"));
        assert_eq!(log, "sse.rooms/1_a-b:c@d.log");
    }

    #[test]
    fn what_means_something_to_nats_is_encoded() {
        let subjects = Subjects::new("sse").unwrap();
        assert_eq!(subjects.end(&channel("a.b")), "sse.a%2Eb.end");
        assert_eq!(subjects.log(&channel("*")), "sse.%2A.log");
        assert_eq!(subjects.log(&channel(">")), "sse.%3E.log");
        assert_eq!(subjects.log(&channel("a b")), "sse.a%20b.log");
        assert_eq!(subjects.log(&channel("%2E")), "sse.%252E.log");
        assert_eq!(subjects.log(&channel("ü")), "sse.%C3%BC.log");
    }

    #[test]
    fn a_subject_is_short_enough_for_a_line_of_the_protocol() {
        let subjects = Subjects::new(&"n".repeat(64)).unwrap();
        let longest = channel(&"\u{e9}".repeat(ChannelName::MAX_BYTES / 2));
        assert!(subjects.signal(&longest).len() < 1024);
    }

    #[test]
    fn a_namespace_is_a_token() {
        for namespace in ["", "a.b", "a b", "*", ">", "ü", &"n".repeat(65)] {
            assert!(Subjects::new(namespace).is_none(), "{namespace}");
        }
    }

    proptest! {
        #[test]
        fn a_name_can_be_read_from_its_subject(name in "\\PC{1,60}") {
            let token = token(&name).to_string();
            prop_assert!(!token.contains(['.', '*', '>', ' ']) && token.is_ascii());
            let subjects = Subjects::new("sse").unwrap();
            let channel = ChannelName::new(name).unwrap();
            prop_assert_eq!(subjects.channel(&subjects.signal(&channel)), Some(channel.clone()));
            prop_assert_eq!(subjects.ended(&subjects.end(&channel)), Some(channel));
        }
    }
}
