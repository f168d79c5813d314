//! One message of the stream.

use async_nats::header::NATS_SUBJECT;
use async_nats::jetstream::stream::RawMessageErrorKind;
use async_nats::{Message, StatusCode};
use bytes::Bytes;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use super::super::super::ReadError;
use super::super::message::Stored;
use super::Link;
use super::ask::Strange;

/// What is asked for.
#[derive(Default, Serialize)]
pub(super) struct Get<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<u64>,
    #[serde(rename = "last_by_subj", skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<&'a str>,
    #[serde(rename = "next_by_subj", skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) batch: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_bytes: Option<usize>,
}

impl Link {
    /// The newest message of a subject.
    pub(in super::super) async fn last(
        &self,
        subject: &str,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        let last = Some(subject);
        self.one(
            Get {
                last,
                ..Get::default()
            },
            deadline,
        )
        .await
    }

    /// The first message of a subject that has that number at least.
    pub(in super::super) async fn next(
        &self,
        subject: &str,
        from: u64,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        let (seq, next) = (Some(from.max(1)), Some(subject));
        self.one(
            Get {
                seq,
                next,
                ..Get::default()
            },
            deadline,
        )
        .await
    }

    /// The message of that number, where it is there.
    pub(in super::super) async fn message(
        &self,
        seq: u64,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        let seq = Some(seq);
        self.one(
            Get {
                seq,
                ..Get::default()
            },
            deadline,
        )
        .await
    }

    async fn one(&self, get: Get<'_>, deadline: Instant) -> Result<Option<Stored>, ReadError> {
        if self.facts.is_replicated {
            return self.ask_leader(&get, deadline).await;
        }
        let answer = self.ask(self.direct(), None, get.encoded(), deadline);
        let answer = answer.await?;
        match answer.status {
            None => stored(answer).map(Some),
            Some(StatusCode::NOT_FOUND) => Ok(None),
            Some(status) => Err(strange(status, answer.description)),
        }
    }

    /// Asks the leader, which has all that was ever acknowledged; other replicas may be behind.
    async fn ask_leader(
        &self,
        get: &Get<'_>,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        self.connected()?;
        let mut asked = self.stream.raw_message_builder();
        if let Some(seq) = get.seq {
            asked = asked.sequence(seq);
        }
        if let Some(subject) = get.last {
            asked = asked.last_by_subject(subject);
        }
        if let Some(subject) = get.next {
            asked = asked.next_by_subject(subject);
        }
        match timeout_at(deadline, Box::pin(asked.send())).await {
            Ok(Ok(mut it)) => {
                it.headers.insert(NATS_SUBJECT, it.subject.as_str());
                Ok(Some(Stored::new(it.sequence, it.headers, it.payload)))
            }
            Ok(Err(error)) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Ok(Err(error)) => Err(ReadError::Unavailable(error.into())),
            Err(late) => Err(ReadError::Unavailable(late.into())),
        }
    }

    pub(super) fn direct(&self) -> String {
        format!("$JS.API.DIRECT.GET.{}", self.facts.name)
    }
}

impl Get<'_> {
    pub(super) fn encoded(&self) -> Bytes {
        // Invariant: numbers and texts are JSON.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

pub(super) fn stored(answer: Message) -> Result<Stored, ReadError> {
    Stored::from_message(answer)
        .ok_or_else(|| ReadError::Unavailable(Strange("without a number".to_owned()).into()))
}

pub(super) fn strange(status: StatusCode, description: Option<String>) -> ReadError {
    let description = description.unwrap_or_default();
    ReadError::Unavailable(Strange(format!("{status} {description}")).into())
}
