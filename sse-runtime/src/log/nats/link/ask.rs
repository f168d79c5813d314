//! One question, and why it has no answer.

use std::error::Error;
use std::fmt;

use async_nats::client::{Request, RequestErrorKind};
use async_nats::{HeaderMap, Message, jetstream};
use bytes::Bytes;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::super::super::{AppendError, ReadError};
use super::{Link, Source};

/// Why there is no answer.
#[derive(Debug)]
pub(in super::super) enum NoAnswer {
    /// The question was not sent, or nobody got it.
    Unasked(Source),
    /// It may have arrived.
    Unanswered(Source),
    /// The server takes no message of that size.
    TooLarge { bytes: usize, limit: usize },
}

impl NoAnswer {
    /// To the subject of the question.
    pub(super) fn nobody_listens() -> Self {
        Self::Unasked("JetStream, or the stream, is not there".into())
    }
}

impl From<NoAnswer> for ReadError {
    fn from(why: NoAnswer) -> Self {
        Self::Unavailable(match why {
            NoAnswer::Unasked(source) | NoAnswer::Unanswered(source) => source,
            NoAnswer::TooLarge { bytes, limit } => {
                format!("a question of {bytes} bytes, of which the server takes {limit}").into()
            }
        })
    }
}

impl From<NoAnswer> for AppendError {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Unasked(source) => Self::Refused(source),
            NoAnswer::Unanswered(source) => Self::Unanswered(source),
            NoAnswer::TooLarge { bytes, limit } => Self::TooLarge { bytes, limit },
        }
    }
}

/// What JetStream answered that is no answer to the question.
#[derive(Debug)]
pub(in super::super) struct Strange(pub(in super::super) String);

impl fmt::Display for Strange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}", self.0)
    }
}

impl Error for Strange {}

impl Link {
    /// What is not connected is not asked: the client would keep the question, and ask it whenever it is
    /// connected again.
    pub(super) fn connected(&self) -> Result<(), NoAnswer> {
        match self.is_connected() {
            true => Ok(()),
            false => Err(NoAnswer::Unasked("not connected".into())),
        }
    }

    /// Asks once, where there is a connection.
    pub(in super::super) async fn ask(
        &self,
        subject: String,
        headers: Option<HeaderMap>,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<Message, NoAnswer> {
        self.connected()?;
        let limit = self.client.max_payload();
        let bytes = payload.len();
        let request = Request {
            payload: Some(payload),
            headers,
            timeout: Some(None),
            inbox: None,
        };
        // Apart, as many questions are part of one future, and the client's are large.
        let asked = Box::pin(self.client.send_request(subject, request));
        match timeout_at(deadline, asked).await {
            Ok(Ok(message)) => Ok(message),
            Ok(Err(error)) => Err(match error.kind() {
                RequestErrorKind::NoResponders => NoAnswer::nobody_listens(),
                RequestErrorKind::InvalidSubject => NoAnswer::Unasked(error.into()),
                RequestErrorKind::MaxPayloadExceeded => NoAnswer::TooLarge { bytes, limit },
                _ => NoAnswer::Unanswered(error.into()),
            }),
            Err(late) => Err(NoAnswer::Unanswered(late.into())),
        }
    }
}

/// An answer of JetStream in JSON.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(payload: &[u8]) -> Result<T, NoParse> {
    // Beside an error there may be what looks like an answer.
    #[derive(Deserialize)]
    struct Refusal {
        error: Option<jetstream::Error>,
    }
    if let Ok(Refusal { error: Some(error) }) = serde_json::from_slice(payload) {
        return Err(NoParse::Error(error));
    }
    serde_json::from_slice(payload).map_err(|why| {
        NoParse::Strange(Strange(format!(
            "what is none of JetStream's answers: {why}"
        )))
    })
}

pub(super) enum NoParse {
    /// The server's refusal.
    Error(jetstream::Error),
    Strange(Strange),
}
