//! One connection, the stream behind it, and the questions that are asked there.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_nats::client::{Client, Request, RequestErrorKind};
use async_nats::connection::State;
use async_nats::header::NATS_SUBJECT;
use async_nats::jetstream::stream::{RawMessageErrorKind, Stream};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{HeaderMap, Message, StatusCode};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::super::{AppendError, Epoch, ReadError};
use super::address::SUBSCRIPTION_CAPACITY;
use super::ends::Ends;
use super::marks::Marks;
use super::message::Stored;
use super::stream::Facts;

type Source = Box<dyn Error + Send + Sync>;

/// A client and what is known of the stream, for as long as both are the same.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) facts: Facts,
    pub(super) marks: Arc<Marks>,
    pub(super) ends: Ends,
    stream: Stream<()>,
    /// Of the stream: another one that is made in its place has another.
    epoch: Epoch,
    /// Whether the server gives many messages for one question: since 2.11.
    gives_many: bool,
    /// Whether the server stores a message only if another subject has not moved: since 2.11. Where a
    /// stream has replicas it then takes but one message of that subject at a time.
    looks_aside: bool,
}

/// The most messages that one read asks for.
pub(super) const MOST_MESSAGES: usize = 256;

const _: () = assert!(MOST_MESSAGES < SUBSCRIPTION_CAPACITY);

/// The most questions of one read at once.
const MOST_ASKED_AT_ONCE: usize = 32;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// The question was not sent, or nobody got it.
    Unasked(Source),
    /// It may have arrived.
    Unanswered(Source),
    /// The server takes no message of that size.
    TooLarge { bytes: usize, limit: usize },
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

/// What has become of the stream.
#[derive(Debug)]
pub(super) enum Look {
    Same,
    /// It is gone, or another one is in its place.
    Another,
    Unavailable(Source),
    /// No answer came.
    Silent,
}

/// What JetStream answered that is no answer to the question.
#[derive(Debug)]
pub(super) struct Strange(pub(super) String);

impl fmt::Display for Strange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered {}", self.0)
    }
}

impl Error for Strange {}

/// Messages of a subject.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) messages: Vec<Stored>,
    /// Whether there was none after them.
    pub(super) is_all: bool,
}

#[derive(Serialize)]
struct Get<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(rename = "last_by_subj", skip_serializing_if = "Option::is_none")]
    last: Option<&'a str>,
    #[serde(rename = "next_by_subj", skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_bytes: Option<usize>,
}

/// What the stream holds.
#[derive(Debug, Deserialize)]
pub(super) struct Info {
    pub(super) created: String,
    pub(super) state: Holds,
}

#[derive(Debug, Deserialize)]
pub(super) struct Holds {
    pub(super) first_seq: u64,
    pub(super) last_seq: u64,
    #[serde(default)]
    subjects: Option<HashMap<String, u64>>,
}

impl Link {
    pub(super) async fn new(
        client: Client,
        facts: Facts,
        marks: Arc<Marks>,
        ends: Ends,
    ) -> Result<Self, Source> {
        let context = jetstream::new(client.clone());
        let stream = context.get_stream_no_info(&facts.name).await?;
        let is_modern = version(&client) >= (2, 11);
        Ok(Self {
            epoch: epoch(facts.created),
            gives_many: is_modern,
            looks_aside: is_modern && !facts.is_replicated,
            client,
            facts,
            marks,
            ends,
            stream,
        })
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(super) fn looks_aside(&self) -> bool {
        self.looks_aside
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Asks once. What is not connected is not asked: the client would keep the question, and ask it
    /// whenever it is connected again.
    pub(super) async fn ask(
        &self,
        subject: String,
        headers: Option<HeaderMap>,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<Message, NoAnswer> {
        if !self.is_connected() {
            return Err(NoAnswer::Unasked("not connected".into()));
        }
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
                RequestErrorKind::NoResponders => {
                    NoAnswer::Unasked("JetStream, or the stream, is not there".into())
                }
                RequestErrorKind::InvalidSubject => NoAnswer::Unasked(error.into()),
                RequestErrorKind::MaxPayloadExceeded => NoAnswer::TooLarge { bytes, limit },
                _ => NoAnswer::Unanswered(error.into()),
            }),
            Err(late) => Err(NoAnswer::Unanswered(late.into())),
        }
    }

    /// The newest message of a subject.
    pub(super) async fn last(
        &self,
        subject: &str,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        if self.facts.is_replicated {
            let get = self.stream.raw_message_builder().last_by_subject(subject);
            return self.ask_leader(get, deadline).await;
        }
        self.get(
            &Get {
                last: Some(subject),
                ..Get::NOTHING
            },
            deadline,
        )
        .await
    }

    /// The first message of a subject that has that number at least.
    pub(super) async fn next(
        &self,
        subject: &str,
        from: u64,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        if self.facts.is_replicated {
            let get = self.stream.raw_message_builder();
            let get = get.next_by_subject(subject).sequence(from.max(1));
            return self.ask_leader(get, deadline).await;
        }
        self.get_next(subject, from, deadline).await
    }

    /// Messages of a subject that have that number at least, in their order: one, where there is one,
    /// and no more than so many, or so many bytes and one message.
    pub(super) async fn many(
        &self,
        subject: &str,
        from: u64,
        (messages, bytes): (usize, usize),
        deadline: Instant,
    ) -> Result<Found, ReadError> {
        let messages = messages.clamp(1, MOST_MESSAGES);
        let mut found = match self.gives_many {
            true => self.get_many(subject, from, (messages, bytes), deadline),
            false => {
                return self
                    .one_by_one(subject, from, (messages, bytes), deadline)
                    .await;
            }
        }
        .await?;
        // What a replica says may be old. That there is no more is said by the leader alone.
        if found.is_all && self.facts.is_replicated {
            let from = found.messages.last().map_or(from, |last| last.seq + 1);
            let more = self.next(subject, from, deadline).await?;
            found.is_all = more.is_none();
            found.messages.extend(more);
        }
        Ok(found)
    }

    /// Asks for the messages from some numbers on at once: where the stream is of this subject mostly,
    /// each gives another one, and more are asked for the next time.
    async fn one_by_one(
        &self,
        subject: &str,
        mut from: u64,
        (messages, bytes): (usize, usize),
        deadline: Instant,
    ) -> Result<Found, ReadError> {
        // What was found until then is worth more than all of it too late.
        let begun = Instant::now();
        let enough = begun + deadline.saturating_duration_since(begun) / 2;
        let mut found: Vec<Stored> = Vec::new();
        let (mut size, mut window) = (0, 1);
        while found.is_empty() || found.len() < messages && size < bytes && Instant::now() < enough
        {
            let asked = (from..).take(window);
            let asked = asked.map(|from| self.next(subject, from, deadline));
            let answers = try_join_all(asked).await?;
            let is_all = answers.iter().any(Option::is_none);
            let before = found.len();
            for next in answers.into_iter().flatten() {
                if next.seq >= from {
                    from = next.seq + 1;
                    size += next.size();
                    found.push(next);
                }
            }
            if is_all {
                return Ok(Found {
                    messages: found,
                    is_all,
                });
            }
            window = (2 * (found.len() - before)).clamp(1, MOST_ASKED_AT_ONCE);
        }
        let is_all = self.next(subject, from, deadline).await?.is_none();
        Ok(Found {
            messages: found,
            is_all,
        })
    }

    async fn get_next(
        &self,
        subject: &str,
        from: u64,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        self.get(
            &Get {
                seq: Some(from.max(1)),
                next: Some(subject),
                ..Get::NOTHING
            },
            deadline,
        )
        .await
    }

    /// The message of that number, where it is there.
    pub(super) async fn message(
        &self,
        seq: u64,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        if self.facts.is_replicated {
            let get = self.stream.raw_message_builder().sequence(seq);
            return self.ask_leader(get, deadline).await;
        }
        self.get(
            &Get {
                seq: Some(seq),
                ..Get::NOTHING
            },
            deadline,
        )
        .await
    }

    async fn get(&self, get: &Get<'_>, deadline: Instant) -> Result<Option<Stored>, ReadError> {
        let answer = self
            .ask(self.direct(), None, get.encoded(), deadline)
            .await?;
        match answer.status {
            None => stored(answer).map(Some),
            Some(StatusCode::NOT_FOUND) => Ok(None),
            Some(status) => Err(strange(status, answer.description)),
        }
    }

    async fn get_many(
        &self,
        subject: &str,
        from: u64,
        (messages, bytes): (usize, usize),
        deadline: Instant,
    ) -> Result<Found, ReadError> {
        let get = Get {
            seq: Some(from.max(1)),
            next: Some(subject),
            batch: Some(messages),
            max_bytes: Some(bytes.clamp(1, i32::MAX as usize)),
            ..Get::NOTHING
        };
        if !self.is_connected() {
            return Err(NoAnswer::Unasked("not connected".into()).into());
        }
        let inbox = self.client.new_inbox();
        let answers = async {
            let mut answers = self.client.subscribe(inbox.clone()).await?;
            let (subject, payload) = (self.direct(), get.encoded());
            self.client
                .publish_with_reply(subject, inbox, payload)
                .await?;
            let mut found = Vec::new();
            while let Some(answer) = answers.next().await {
                match answer.status {
                    None => found.push(stored(answer)?),
                    Some(StatusCode::NOT_FOUND) => return Ok((found, true)),
                    Some(status) if status.as_u16() == END_OF_BATCH => {
                        let headers = answer.headers.as_ref();
                        let pending = headers.and_then(|it| it.get_last("Nats-Num-Pending"));
                        let is_all = pending.is_some_and(|pending| pending.as_str() == "0");
                        return Ok((found, is_all));
                    }
                    Some(StatusCode::NO_RESPONDERS) => {
                        return Err(Strange("that the stream is not there".to_owned()).into());
                    }
                    Some(status) => return Err(strange(status, answer.description).into()),
                }
            }
            Err::<_, Source>("the connection was closed".into())
        };
        let (messages, is_all) = match timeout_at(deadline, Box::pin(answers)).await {
            Ok(answers) => answers.map_err(unavailable)?,
            Err(late) => return Err(ReadError::Unavailable(late.into())),
        };
        Ok(Found { messages, is_all })
    }

    /// Asks the leader, which has all that was ever acknowledged; other replicas may be behind.
    async fn ask_leader(
        &self,
        get: jetstream::stream::RawMessageBuilder,
        deadline: Instant,
    ) -> Result<Option<Stored>, ReadError> {
        if !self.is_connected() {
            return Err(NoAnswer::Unasked("not connected".into()).into());
        }
        match timeout_at(deadline, Box::pin(get.send())).await {
            Ok(Ok(mut it)) => {
                it.headers.insert(NATS_SUBJECT, it.subject.as_str());
                Ok(Some(Stored::new(it.sequence, it.headers, it.payload)))
            }
            Ok(Err(error)) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Ok(Err(error)) => Err(ReadError::Unavailable(error.into())),
            Err(late) => Err(ReadError::Unavailable(late.into())),
        }
    }

    /// What the stream holds, and how many messages of that subject.
    pub(super) async fn info(
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
    pub(super) async fn look(&self, deadline: Instant) -> Look {
        match self.info(None, deadline).await {
            Err(_) if Instant::now() >= deadline || !self.is_connected() => Look::Silent,
            Ok(info) if self.is_of(&info) => Look::Same,
            Ok(_) => Look::Another,
            Err(ReadError::Unavailable(why)) => match why.downcast_ref::<jetstream::Error>() {
                Some(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => Look::Another,
                _ => Look::Unavailable(why),
            },
            Err(why) => Look::Unavailable(why.into()),
        }
    }

    /// Whether the server has done all that it was asked to before this, on this connection.
    pub(super) async fn is_settled(&self, deadline: Instant) -> bool {
        // Nobody listens there, and the server says so.
        let asked = Box::pin(self.client.request(self.client.new_inbox(), Bytes::new()));
        match timeout_at(deadline, asked).await {
            Ok(Err(error)) => error.kind() == RequestErrorKind::NoResponders,
            Ok(Ok(_)) => true,
            Err(_) => false,
        }
    }

    /// Whether the stream that was described is still the same.
    pub(super) fn is_of(&self, info: &Info) -> bool {
        async_nats::datetime::parse_rfc3339(&info.created)
            .is_ok_and(|created| created.unix_timestamp_nanos() == self.facts.created)
    }

    /// What the stream holds, if it is still the same.
    pub(super) fn still_holds(&self, info: Info) -> Result<Holds, ReadError> {
        match self.is_of(&info) {
            true => Ok(info.state),
            false => Err(ReadError::Unavailable(
                "the stream was made anew; it is about to be looked at".into(),
            )),
        }
    }

    fn direct(&self) -> String {
        format!("$JS.API.DIRECT.GET.{}", self.facts.name)
    }
}

impl Holds {
    pub(super) fn messages_of(&self, subject: &str) -> u64 {
        let subjects = self.subjects.as_ref();
        subjects
            .and_then(|it| it.get(subject))
            .copied()
            .unwrap_or(0)
    }
}

impl Get<'_> {
    const NOTHING: Self = Self {
        seq: None,
        last: None,
        next: None,
        batch: None,
        max_bytes: None,
    };

    fn encoded(&self) -> Bytes {
        // Invariant: numbers and texts are JSON.
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}

/// The status that ends many answers.
const END_OF_BATCH: u16 = 204;

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

/// Of a stream that was made then. What is left out is less than 10 µs.
fn epoch(created: i128) -> Epoch {
    // Nanoseconds since 1970 are positive, and fit for some centuries.
    Epoch::new(created as u64 >> 13)
}

fn version(client: &Client) -> (u32, u32) {
    let version = client.server_info().version;
    let mut numbers = version.trim_start_matches('v').split('.');
    let mut number = || numbers.next().and_then(|it| it.parse().ok()).unwrap_or(0);
    (number(), number())
}

fn stored(answer: Message) -> Result<Stored, ReadError> {
    Stored::from_message(answer)
        .ok_or_else(|| ReadError::Unavailable(Strange("without a number".to_owned()).into()))
}

fn strange(status: StatusCode, description: Option<String>) -> ReadError {
    let description = description.unwrap_or_default();
    ReadError::Unavailable(Strange(format!("{status} {description}")).into())
}

fn unavailable(source: Source) -> ReadError {
    match source.downcast::<ReadError>() {
        Ok(error) => *error,
        Err(source) => ReadError::Unavailable(source),
    }
}

/// What an append was answered with.
#[derive(Debug, Deserialize)]
pub(super) struct Ack {
    pub(super) seq: u64,
    #[serde(default)]
    pub(super) duplicate: bool,
}

/// Whether the server refused because another message came between.
pub(super) fn is_conflict(error: &jetstream::Error) -> bool {
    // Of a cluster, where another one is on its way.
    const WRONG_LAST_SEQUENCE_CONSTANT: ErrorCode = ErrorCode(10164);
    let code = error.error_code();
    code == ErrorCode::STREAM_WRONG_LAST_SEQUENCE || code == WRONG_LAST_SEQUENCE_CONSTANT
}
