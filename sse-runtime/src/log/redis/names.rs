//! Under which names a channel lies in Redis.

use super::super::{ChannelName, IdempotencyKey};

/// The names of one log: `{<namespace>:<channel>}` and what it is the name of.
///
/// Of a key in braces a cluster looks at what is between the first `{` and the first `}` behind it, so
/// all names of a channel are in one slot. A `}` of the channel's own would end that early, and a key
/// that somebody chooses could then be the name of another channel's: so it is written as `%7D`.
#[derive(Debug)]
pub(super) struct Names {
    /// `{<namespace>:`
    prefix: String,
    /// `}:live`, and the database where it is not the first: publishing knows no databases.
    live: String,
}

impl Names {
    pub(super) fn new(namespace: &str, database: i64) -> Self {
        let mut prefix = String::from("{");
        escape(namespace, &['%', '}', ':'], &mut prefix);
        prefix.push(':');
        let live = match database {
            0 => "}:live".to_owned(),
            other => format!("}}:live:{other}"),
        };
        Self { prefix, live }
    }

    pub(super) fn of(&self, channel: &ChannelName) -> KeysOf<'_> {
        self.of_text(channel.as_str())
    }

    /// What belongs to no channel, as none has an empty name.
    pub(super) fn of_none(&self) -> KeysOf<'_> {
        self.of_text("")
    }

    fn of_text(&self, channel: &str) -> KeysOf<'_> {
        let mut open = String::with_capacity(self.prefix.len() + channel.len());
        open.push_str(&self.prefix);
        escape(channel, &['%', '}'], &mut open);
        KeysOf { open, names: self }
    }

    /// The channel whose live messages have that name.
    pub(super) fn channel_of(&self, live: &[u8]) -> Option<ChannelName> {
        let live = str::from_utf8(live).ok()?;
        let channel = live.strip_prefix(&self.prefix)?.strip_suffix(&self.live)?;
        ChannelName::new(unescape(channel)?).ok()
    }
}

/// The names of one channel.
#[derive(Debug)]
pub(super) struct KeysOf<'a> {
    /// `{<namespace>:<channel>`
    open: String,
    names: &'a Names,
}

impl KeysOf<'_> {
    /// The stream of its records.
    pub(super) fn log(&self) -> String {
        [&self.open, "}:log"].concat()
    }

    /// The hash of its number, its lives, the server that wrote last, and whether it has ended.
    pub(super) fn meta(&self) -> String {
        [&self.open, "}:meta"].concat()
    }

    /// The places that were given for an idempotency key.
    pub(super) fn once(&self, key: IdempotencyKey<'_>) -> String {
        [&self.open, "}:once:", key.as_str()].concat()
    }

    /// Where its hints and signals are published.
    pub(super) fn live(&self) -> String {
        [&*self.open, &self.names.live].concat()
    }
}

fn escape(text: &str, marks: &[char], out: &mut String) {
    for part in text.split_inclusive(marks) {
        match part.strip_suffix(marks) {
            None => out.push_str(part),
            Some(plain) => {
                out.push_str(plain);
                out.push_str(match part.chars().next_back() {
                    Some('}') => "%7D",
                    Some(':') => "%3A",
                    _ => "%25",
                });
            }
        }
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = String::from(parts.next()?);
    for part in parts {
        let (mark, rest) = part.split_at_checked(2)?;
        out.push(match mark {
            "7D" => '}',
            "25" => '%',
            _ => return None,
        });
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str) -> ChannelName {
        ChannelName::new(name).unwrap()
    }

    /// What a cluster hashes, by its own rule.
    fn hash_tag(key: &str) -> &str {
        let (_, rest) = key.split_once('{').unwrap();
        let (tag, _) = rest.split_once('}').unwrap();
        assert_ne!(tag, "", "an empty tag is none");
        tag
    }

    fn all(names: &Names, channel: &ChannelName) -> [String; 4] {
        let keys = names.of(channel);
        let once = IdempotencyKey::new("}:log").unwrap();
        [keys.log(), keys.meta(), keys.once(once), keys.live()]
    }

    #[test]
    fn the_names_of_a_channel_say_what_they_are() {
        let names = Names::new("sse", 0);
        let once = "{sse:rooms/1}:once:}:log";
        assert_eq!(
            all(&names, &channel("rooms/1")),
            [
                "{sse:rooms/1}:log",
                "{sse:rooms/1}:meta",
                once,
                "{sse:rooms/1}:live"
            ]
        );
    }

    #[test]
    fn all_names_of_a_channel_are_in_one_slot() {
        for namespace in ["sse", "", "{", "}", "{}", "a:b"] {
            for name in ["a", "{", "}", "{}", "}{", "{a}b", "%7D", "ü 🦀"] {
                let names = Names::new(namespace, 3);
                let all = all(&names, &channel(name));
                let tags: Vec<_> = all.iter().map(|key| hash_tag(key)).collect();
                assert!(tags.iter().all(|tag| tag == &tags[0]), "{tags:?}");
            }
        }
    }

    #[test]
    fn no_two_channels_share_a_name() {
        let mut names = std::collections::HashSet::new();
        for namespace in ["", "a", "a:b", "a%3Ab", "}"] {
            for name in ["x", "b:x", "x}:once:", "x%7D:once:", "}", "%7D", "%25", "%"] {
                for key in all(&Names::new(namespace, 0), &channel(name)) {
                    assert!(names.insert(key.clone()), "{key}");
                }
            }
        }
    }

    #[test]
    fn a_live_name_leads_back_to_its_channel() {
        for namespace in ["sse", "", "a}:b%"] {
            for name in ["a", "{", "}", "%", "%7D", "}:live", "ü 🦀"] {
                let (names, name) = (Names::new(namespace, 2), channel(name));
                let live = names.of(&name).live();
                assert_eq!(names.channel_of(live.as_bytes()), Some(name));
            }
        }
    }

    #[test]
    fn other_names_lead_nowhere() {
        let names = Names::new("sse", 0);
        for other in [
            "",
            "{sse:}:live",
            "{sse:a}:log",
            "{sse:a}:live:2",
            "{other:a}:live",
            "{sse:%}:live",
            "{sse:%7}:live",
            "{sse:%ü}:live",
            "{sse:%00}:live",
        ] {
            assert_eq!(names.channel_of(other.as_bytes()), None, "{other}");
        }
        assert_eq!(names.channel_of(b"{sse:\xff}:live"), None);
    }
}
