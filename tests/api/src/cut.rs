//! The stream that is cut again and again.

use serde::{Deserialize, Serialize};
use sse_runtime::{EventId, server_sent_events};

/// One of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// Which.
    pub n: u64,
    /// Of one to four bytes a character.
    pub text: String,
}

impl Number {
    /// The event of that number.
    #[must_use]
    pub fn nth(n: u64) -> Self {
        let text = format!("{n}: größer → 💡 than {}", n.wrapping_sub(1));
        let text = text.repeat(1 + n as usize % 3);
        Self { n, text }
    }
}

/// Where in the stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NumbersPayload {
    /// The place to resume from.
    pub after: Option<EventId>,
}

/// A stream that a hub numbers.
#[server_sent_events(client)]
pub trait Cut {
    /// All numbers.
    #[sse(get = "/numbers", last_event_id = after)]
    async fn numbers(
        &self,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), sse_runtime::Problem>;
}
