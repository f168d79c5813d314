//! One of several processes that share a log: streams over it, and what a test asks and tells it besides.
//!
//! | request | answer |
//! |---|---|
//! | `GET /events?channels=a&channels=b` | the stream of these channels, from now on, or after the `Last-Event-ID`; with `all=true` from the oldest event that is kept; with `who=ann` she is present in the first of them meanwhile |
//! | `POST /channels/{channel}/events`, a [`Number`] | [`Published`], or the status of the error and [`NotPublished`]; with the header `idempotency-key` trying again is safe |
//! | `GET /channels/{channel}/presence` | [`Presence`] |
//! | `GET /health` | [`Health`] |

mod api;
mod process;
mod service;

use serde::{Deserialize, Serialize};
use sse_runtime::{Context, EventId, Problem, server_sent_events};

pub use process::Node;
pub use service::serve;

/// What is published: the next one of a publisher.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Number {
    /// To which channel.
    pub channel: String,
    /// By whom.
    pub publisher: u32,
    /// Its number among all of that publisher's.
    pub n: u64,
    /// What makes it larger.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub padding: String,
}

/// What a reader asks for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ask {
    /// The channels, one or more.
    pub channels: Vec<String>,
    /// Whether it begins with the oldest event that is kept, where it has no id.
    #[serde(default)]
    pub all: bool,
    /// Who is present meanwhile.
    pub who: Option<String>,
    /// The place to go on after.
    pub after: Option<EventId>,
}

/// What a node streams.
#[server_sent_events(client, event_name = "number", keep_alive = "1s")]
pub trait Numbers {
    /// What is published to some channels.
    #[sse(get = "/events", last_event_id = after)]
    async fn follow(
        &self,
        ctx: Context,
        payload: Ask,
        stream: impl FollowServerStream<Number>,
    ) -> Result<(), Problem>;
}

/// The answer where an event is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// Its id.
    pub id: String,
}

/// The answer where an event is not published, or nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPublished {
    /// Why, with the causes.
    pub error: String,
    /// Whether it may be published all the same.
    pub may_be_published: bool,
}

/// Whether a node reaches its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// It does.
    pub serving: bool,
    /// Why it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who is present in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// All of them, in the order of their names.
    pub who: Vec<String>,
    /// How many by way of this node.
    pub here: usize,
    /// How many by way of each other node.
    pub elsewhere: Vec<usize>,
}
