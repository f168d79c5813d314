//! How few events of a channel a stream was ever made to keep.
//!
//! Of a channel that holds fewer, none was dropped to make room. What the stream keeps *now* does not
//! say that: once it is told to keep more, a channel that was full is not full any more, and what it
//! lost before is lost. So who tells a stream to keep more notes in its description how few that were.
//! All servers have a description; those before 2.10 have no metadata.

use async_nats::jetstream::stream::Config;

const NOTE: &str = "; once kept no more than ";

/// A limit of the server, to which less than one is none.
pub(super) fn limit(most: i64) -> u64 {
    let most = u64::try_from(most).ok().filter(|most| *most > 0);
    most.unwrap_or(u64::MAX)
}

/// Of what the stream says of itself, and of the limit that it has now.
pub(super) fn fewest(description: Option<&str>, most: i64) -> u64 {
    let (_, once) = parted(description.unwrap_or_default());
    limit(most).min(once.unwrap_or(u64::MAX))
}

/// What such a stream is to say of itself once it has that limit.
pub(super) fn noted(config: &Config, most: i64) -> Option<String> {
    let description = config.description.as_deref();
    let fewest = fewest(description, config.max_messages_per_subject);
    let said = description.map(|description| parted(description).0);
    match fewest < limit(most) {
        true => Some(format!("{}{NOTE}{fewest}", said.unwrap_or_default())),
        false => said.map(str::to_owned),
    }
}

fn parted(description: &str) -> (&str, Option<u64>) {
    let noted = description.rsplit_once(NOTE);
    let noted = noted.and_then(|(said, once)| Some((said, once.parse().ok()?)));
    match noted {
        Some((said, once)) => (said, Some(once)),
        None => (description, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a stream that has kept so many, one after the other.
    fn described(said: Option<&str>, kept: &[i64]) -> Config {
        let mut config = Config {
            description: said.map(str::to_owned),
            ..Config::default()
        };
        for &most in kept {
            config.description = noted(&config, most);
            config.max_messages_per_subject = most;
        }
        config
    }

    fn fewest_of(said: Option<&str>, kept: &[i64]) -> u64 {
        let config = described(said, kept);
        fewest(
            config.description.as_deref(),
            config.max_messages_per_subject,
        )
    }

    #[test]
    fn the_fewest_that_were_ever_kept_are_known() {
        for said in [None, Some("events"), Some("; once kept no more than a few")] {
            assert_eq!(fewest_of(said, &[]), u64::MAX);
            assert_eq!(fewest_of(said, &[100]), 100);
            assert_eq!(fewest_of(said, &[100, 5]), 5);
            assert_eq!(fewest_of(said, &[5, 100, 1_000]), 5);
            assert_eq!(fewest_of(said, &[100, 1_000, 5, 7, -1]), 5);
        }
    }

    #[test]
    fn what_was_said_of_the_stream_stays() {
        let description = |kept: &[i64]| described(Some("events"), kept).description.unwrap();
        assert_eq!(description(&[100, 100, 5]), "events");
        assert_eq!(description(&[5, 100]), "events; once kept no more than 5");
        assert_eq!(description(&[5, 100, 100]), description(&[5, 100]));
        assert_eq!(described(None, &[5, 5]).description, None);
    }
}
