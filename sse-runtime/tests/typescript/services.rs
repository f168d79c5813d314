#![allow(dead_code, reason = "what is described here is never run")]
//! Services of every shape, for packages that are read, compiled and run.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sse_runtime::{Event, EventId, NameField, Problem, server_sent_events};
use ts_rs::TS;

/// What happened. A comment that says */ does not end early.
#[derive(Serialize, TS)]
pub(crate) struct Notification {
    /// For people to read.
    message: String,
    r#type: Kind,
    id: u64,
}

#[derive(Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    DiskFull,
    Recovered,
}
impl NameField for Kind {}

#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamPayload {
    topic_name: String,
    /// How many at the most. No end: */
    limit: Option<usize>,
    start_id: Option<u64>,
    token: Option<String>,
    session: String,
}

/// Notifications, as they happen.
#[server_sent_events(
    data = message,
    event = type,
    id = id,
    last_event_id = start_id,
    header(token = "X-Token"),
    cookie(session = "sid")
)]
pub(crate) trait Notifications {
    /// Streams every notification published on a topic.
    ///
    /// The newest ones first: */ and so on.
    #[sse(get = "/topics/{topic_name}/events")]
    async fn stream(
        &self,
        payload: StreamPayload,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;
}

/// One of a list.
#[expect(
    clippy::use_self,
    reason = "`Self` is the instance to ts-rs, and would be declared in place of the parameter"
)]
#[derive(Serialize, TS)]
pub(crate) struct Entry<T> {
    value: T,
    next: Option<Box<Entry<T>>>,
}

#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Update {
    /// Not yet there.
    Progress {
        step: Step,
        /// Of all. No end either: */
        percent: u32,
    },
    Entries(Vec<Entry<i64>>),
    Finished,
}

#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Writing,
    Hashing,
}

#[derive(Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Message {
    Started { at: u64 },
    Delta(Delta),
    Stopped,
}

#[derive(Serialize, TS)]
pub(crate) struct Delta {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    logprobs: Option<HashMap<u64, f64>>,
}

#[derive(Serialize, TS)]
#[serde(tag = "kind", content = "body")]
pub(crate) enum Frame {
    Text(String),
    Pair(u8, Entry<String>),
    Empty,
}

#[derive(Serialize, TS)]
pub(crate) struct Stamped {
    at: u64,
    #[serde(flatten)]
    frame: Frame,
}

#[derive(Deserialize, TS)]
pub(crate) struct Order {
    prompt: String,
    options: Option<Options>,
    after: Option<EventId>,
}

#[derive(Deserialize, TS)]
pub(crate) struct Options {
    temperature: Option<f64>,
    seeds: Vec<Seed>,
}

#[derive(Deserialize, TS)]
pub(crate) struct Seed {
    name: Option<String>,
    value: u64,
}

#[server_sent_events(path = "/jobs")]
pub(crate) trait JobBoard {
    /// Tells how far a job is.
    #[sse(get = "/{id}/updates", variants, done(Finished))]
    async fn watch_all(
        &self,
        payload: JobPayload,
        stream: impl WatchAllServerStream<Update>,
    ) -> Result<(), Problem>;

    #[sse(
        post = "/messages",
        variants = "type",
        done = Stopped,
        last_event_id = after,
        error_event = "problem",
        ping_event = "ping",
        keep_alive = "5s",
        open_after = none
    )]
    async fn message(
        &self,
        payload: Order,
        stream: impl MessageServerStream<Message>,
    ) -> Result<(), Problem>;

    #[sse(get = "/frames", variants = "kind", keep_alive = none, error_event = none)]
    async fn frames(&self, stream: impl FramesServerStream<Frame>) -> Result<(), Problem>;

    #[sse(get = "/stamped", variants = "kind")]
    async fn stamped(&self, stream: impl StampedServerStream<Stamped>) -> Result<(), Problem>;

    #[sse(get = "/ticks", event_name = "tick", id = id, data = json(at))]
    async fn ticks(&self, stream: impl TicksServerStream<Tick>) -> Result<(), Problem>;

    #[sse(get = "/lines", done = "[DONE]")]
    async fn lines(&self, stream: impl LinesServerStream<String>) -> Result<(), Problem>;

    #[sse(get = "/anything")]
    #[deprecated]
    async fn delete(&self, stream: impl DeleteServerStream<Event>) -> Result<(), Problem>;

    #[sse(get = "/named", event = name, data = value)]
    async fn named(&self, stream: impl NamedServerStream<Named>) -> Result<(), Problem>;

    #[sse(get = "/wrapped", variants, data = update)]
    async fn wrapped(&self, stream: impl WrappedServerStream<Wrapped>) -> Result<(), Problem>;

    #[sse(get = "/list")]
    async fn list(
        &self,
        stream: impl ListServerStream<Vec<(u8, Entry<bool>)>>,
    ) -> Result<(), Problem>;
}

#[derive(Deserialize, TS)]
pub(crate) struct JobPayload {
    id: u64,
}

#[derive(Serialize, TS)]
pub(crate) struct Tick {
    id: u64,
    at: Option<u64>,
}

#[derive(Serialize, TS)]
pub(crate) struct Named {
    name: Option<String>,
    value: Option<Entry<u8>>,
}

#[derive(Serialize, TS)]
pub(crate) struct Wrapped {
    update: Inner,
}

#[derive(Serialize, TS)]
pub(crate) struct Inner(Update);

/// Counts what happens.
#[derive(PartialEq, Eq, Hash, Serialize, TS)]
pub(crate) struct Sequence(u64);

#[derive(Serialize, TS)]
pub(crate) struct Counts {
    by_sequence: HashMap<Sequence, u8>,
    by_number: HashMap<u64, Value>,
    by_kind: HashMap<Shape, [u8; 2]>,
}

#[derive(PartialEq, Eq, Hash, Serialize, TS)]
pub(crate) enum Shape {
    Round,
    #[serde(rename = "__proto__")]
    Odd,
}
impl NameField for Shape {}

#[derive(Serialize, TS)]
pub(crate) struct Drawn {
    shape: Option<Shape>,
    letter: char,
}

#[derive(Serialize, TS)]
pub(crate) struct Tagged(Message);

#[derive(Serialize, TS)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub(crate) enum Generic<T> {
    OnlyOne(T),
    Both(T, Vec<T>),
    Neither {},
}

/// A class of its own, for TypeScript.
#[derive(Deserialize, TS)]
#[ts(repr(enum = name))]
pub(crate) enum Colour {
    Red,
    Green,
}

#[derive(Deserialize, TS)]
pub(crate) struct Wish {
    colour: Colour,
    anything: Option<Value>,
    #[serde(default)]
    #[ts(as = "Option<_>", optional)]
    list: Vec<(String, Option<u8>)>,
}

#[server_sent_events]
pub(crate) trait HTTPOddities {
    #[sse(data = letter, event = shape)]
    async fn drawn(&self, stream: impl DrawnServerStream<Drawn>) -> Result<(), Problem>;

    async fn counts(&self, stream: impl CountsServerStream<Counts>) -> Result<(), Problem>;

    async fn sse(
        &self,
        stream: impl SseServerStream<HashMap<Sequence, Colourful>>,
    ) -> Result<(), Problem>;

    #[sse(variants = "type")]
    async fn tagged(&self, stream: impl TaggedServerStream<Tagged>) -> Result<(), Problem>;

    #[sse(variants)]
    async fn generic(&self, stream: impl GenericServerStream<Generic<Step>>)
    -> Result<(), Problem>;

    #[sse(post = "/wishes")]
    async fn wish(
        &self,
        payload: Wish,
        stream: impl WishServerStream<&'static str>,
    ) -> Result<(), Problem>;
}

#[derive(Serialize, TS)]
pub(crate) struct Colourful(Option<Shape>, u128);
