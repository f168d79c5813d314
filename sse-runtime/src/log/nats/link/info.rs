//! What the stream holds, and what has become of it.

use std::collections::HashMap;

use async_nats::jetstream::{self, ErrorCode};
use serde::Deserialize;
use tokio::time::Instant;

use super::super::super::ReadError;
use super::super::kept;
use super::ask::{NoParse, parse};
use super::{Link, Source};

/// What the stream holds.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Info {
    created: String,
    config: Limits,
    state: State,
}

#[derive(Debug, Deserialize)]
struct Limits {
    #[serde(default)]
    description: Option<String>,
    max_msgs_per_subject: i64,
}

#[derive(Debug, Deserialize)]
struct State {
    messages: u64,
    first_seq: u64,
    last_seq: u64,
    #[serde(default)]
    subjects: Option<HashMap<String, u64>>,
}

/// What the stream holds and how much of it it keeps, both of one moment: another node may have
/// changed the limit since this one has connected.
#[derive(Debug)]
pub(in super::super) struct Holds {
    /// Of all subjects.
    pub(in super::super) messages: u64,
    pub(in super::super) first_seq: u64,
    pub(in super::super) last_seq: u64,
    subjects: HashMap<String, u64>,
    /// Of a subject that holds fewer, no message was ever dropped because there were too many.
    pub(in super::super) fewest_kept: u64,
}

/// What has become of the stream.
#[derive(Debug)]
pub(in super::super) enum Look {
    Same,
    Gone,
    /// Another one is in its place.
    Another,
    Unavailable(Source),
    /// No answer came.
    Silent,
}

impl Link {
    /// What the stream holds, and how many messages of that subject.
    pub(in super::super) async fn info(
        &self,
        subject: Option<&str>,
        deadline: Instant,
    ) -> Result<Info, ReadError> {
        let question = format!("$JS.API.STREAM.INFO.{}", self.facts.name);
        let payload = match subject {
            Some(subject) => serde_json::json!({ "subjects_filter": subject }).to_string(),
            None => String::new(),
        };
        let answer = self.ask(question, None, payload.into(), deadline).await?;
        parse(&answer.payload).map_err(|why| match why {
            NoParse::Error(error) => ReadError::Unavailable(error.into()),
            NoParse::Strange(strange) => ReadError::Unavailable(strange.into()),
        })
    }

    /// What has become of the stream.
    pub(in super::super) async fn look(&self, deadline: Instant) -> Look {
        match self.info(None, deadline).await {
            Err(_) if Instant::now() >= deadline || !self.is_connected() => Look::Silent,
            Ok(info) if self.is_of(&info) => Look::Same,
            Ok(_) => Look::Another,
            Err(ReadError::Unavailable(why)) => match why.downcast_ref::<jetstream::Error>() {
                Some(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => Look::Gone,
                _ => Look::Unavailable(why),
            },
            Err(why) => Look::Unavailable(why.into()),
        }
    }

    /// Whether the stream that was described is still the same.
    pub(in super::super) fn is_of(&self, info: &Info) -> bool {
        async_nats::datetime::parse_rfc3339(&info.created)
            .is_ok_and(|created| created.unix_timestamp_nanos() == self.facts.created)
    }

    /// What the stream holds, if it is still the same.
    pub(in super::super) fn still_holds(&self, info: Info) -> Result<Holds, ReadError> {
        match self.is_of(&info) {
            true => Ok(info.into()),
            false => Err(ReadError::Unavailable(
                "the stream was made anew; it is about to be looked at".into(),
            )),
        }
    }
}

impl Holds {
    pub(in super::super) fn messages_of(&self, subject: &str) -> u64 {
        self.subjects.get(subject).copied().unwrap_or(0)
    }
}

impl From<Info> for Holds {
    fn from(info: Info) -> Self {
        let Limits {
            description,
            max_msgs_per_subject,
        } = info.config;
        Self {
            messages: info.state.messages,
            first_seq: info.state.first_seq,
            last_seq: info.state.last_seq,
            subjects: info.state.subjects.unwrap_or_default(),
            fewest_kept: kept::fewest(description.as_deref(), max_msgs_per_subject),
        }
    }
}
