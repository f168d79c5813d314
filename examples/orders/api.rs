//! What the shop and the consumer share: the events, and where they are.

use serde::{Deserialize, Serialize};
use sse_runtime::{EventId, Problem, server_sent_events};

/// An order that was placed.
#[derive(Serialize, Deserialize, sqlx::FromRow)]
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) item: String,
    pub(crate) quantity: i32,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Since {
    pub(crate) after: Option<EventId>, // in the Last-Event-ID header
}

#[server_sent_events(client, event_name = "placed", last_event_id = after)]
pub(crate) trait Orders {
    /// Streams the orders, from the first that is kept.
    #[sse(get = "/orders/events")]
    async fn placed(
        &self,
        payload: Since,
        stream: impl PlacedServerStream<Order>,
    ) -> Result<(), Problem>;
}
