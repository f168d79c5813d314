//! The typed streams of the situations.

use serde::{Deserialize, Serialize};
use sse_runtime::{Event, server_sent_events};

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

/// Any events, of a run of a situation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventsPayload {
    /// The run.
    pub run: String,
    /// The place to resume from.
    pub after: Option<String>,
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
#[server_sent_events(path = "/{run}", client)]
pub trait Situations {
    /// What any server may send.
    #[sse(get = "/events", last_event_id = after)]
    async fn events(
        &self,
        payload: EventsPayload,
        stream: impl EventsServerStream<Event>,
    ) -> Result<(), sse_runtime::Problem>;

    /// Events that are the variants of an enum.
    #[sse(get = "/changes", variants, last_event_id = after, done = Finished, ping_event = "ping")]
    async fn changes(
        &self,
        payload: ChangesPayload,
        stream: impl ChangesServerStream<Change>,
    ) -> Result<(), sse_runtime::Problem>;

    /// An answer in words, which cannot be asked for twice.
    #[sse(post = "/words", done = "[DONE]")]
    async fn words(
        &self,
        payload: WordsPayload,
        stream: impl WordsServerStream<String>,
    ) -> Result<(), sse_runtime::Problem>;

    /// A job that goes on where its client left off.
    #[sse(post = "/job", last_event_id = after)]
    async fn job(
        &self,
        payload: JobPayload,
        stream: impl JobServerStream<u64>,
    ) -> Result<(), sse_runtime::Problem>;
}
