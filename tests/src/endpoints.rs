//! The typed streams of the situations.

use serde::{Deserialize, Serialize};
use sse_runtime::client::{Client, Events, InvalidRequest, Service};
use sse_runtime::wire::{Message, Role};
use sse_runtime::{
    Decode, DecodeEventError, Decoded, Described, Problem, request, server_sent_events,
};

/// What changes in a set of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A number came.
    Added {
        /// The number.
        n: u64,
    },
    /// A number went.
    Removed {
        /// The number.
        n: u64,
    },
    /// There will be no further change.
    Finished,
}

/// Whose changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangesPayload {
    /// The run of a situation.
    pub run: String,
    /// The place to resume from.
    pub after: Option<String>,
}

/// What to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WordsPayload {
    /// The run of a situation.
    pub run: String,
    /// What to speak of.
    pub text: String,
}

/// What to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobPayload {
    /// The run of a situation.
    pub run: String,
    /// What is to be done.
    pub text: String,
    /// The place to resume from.
    pub after: Option<String>,
}

/// The typed streams of the situations. Nobody serves them: a script plays them.
#[server_sent_events(path = "/{run}")]
pub trait Situations {
    /// Events that are the variants of an enum.
    #[sse(get = "/changes", variants, last_event_id = after, done = Finished, ping_event = "ping")]
    async fn changes(
        &self,
        payload: ChangesPayload,
        stream: impl ChangesServerStream<Change>,
    ) -> Result<(), Problem>;

    /// An answer in words, which cannot be asked for twice.
    #[sse(post = "/words", done = "[DONE]")]
    async fn words(
        &self,
        payload: WordsPayload,
        stream: impl WordsServerStream<String>,
    ) -> Result<(), Problem>;

    /// A job that goes on where its client left off.
    #[sse(post = "/job", last_event_id = after)]
    async fn job(
        &self,
        payload: JobPayload,
        stream: impl JobServerStream<u64>,
    ) -> Result<(), Problem>;
}

impl Decode<Change> for SituationsChanges {
    fn decode(message: &Message<'_>) -> Result<Decoded<Change>, DecodeEventError> {
        let change = match message.event() {
            "added" => json::<N>(message)?.map(|N { n }| Change::Added { n }),
            "removed" => json::<N>(message)?.map(|N { n }| Change::Removed { n }),
            "finished" => Some(Change::Finished),
            _ => None,
        };
        Ok(change.map_or(Decoded::Unknown, Decoded::Event))
    }
}

impl Decode<String> for SituationsWords {
    fn decode(message: &Message<'_>) -> Result<Decoded<String>, DecodeEventError> {
        Ok(Decoded::Event(message.data().to_owned()))
    }
}

impl Decode<u64> for SituationsJob {
    fn decode(message: &Message<'_>) -> Result<Decoded<u64>, DecodeEventError> {
        Ok(json(message)?.map_or(Decoded::Unknown, Decoded::Event))
    }
}

#[derive(Deserialize)]
struct N {
    n: u64,
}

fn json<T: for<'de> Deserialize<'de>>(
    message: &Message<'_>,
) -> Result<Option<T>, DecodeEventError> {
    let misfit = |error| DecodeEventError::custom(message, Role::Data, error);
    serde_json::from_str(message.data())
        .map(Some)
        .map_err(misfit)
}

/// A client of [`Situations`].
#[derive(Clone, Debug)]
pub struct SituationsClient(Service);

impl SituationsClient {
    /// The service at `base`.
    ///
    /// # Errors
    /// When `base` is no URL.
    pub fn with(client: Client, base: impl AsRef<str>) -> Result<Self, InvalidRequest> {
        Service::with(client, base).map(Self)
    }

    /// See [`Situations::changes`].
    pub fn changes(&self, payload: &ChangesPayload) -> Events<SituationsChanges, Change> {
        self.0
            .events(request::of(SituationsChanges::DESCRIPTOR, payload))
    }

    /// See [`Situations::words`].
    pub fn words(&self, payload: &WordsPayload) -> Events<SituationsWords, String> {
        self.0
            .events(request::of(SituationsWords::DESCRIPTOR, payload))
    }

    /// See [`Situations::job`].
    pub fn job(&self, payload: &JobPayload) -> Events<SituationsJob, u64> {
        self.0
            .events(request::of(SituationsJob::DESCRIPTOR, payload))
    }
}
