#![deny(warnings, missing_docs)]
//! The trait of the front page, in all its shapes.

use serde::{Deserialize, Serialize};
use sse_runtime::{Context, Problem, server_sent_events};

/// What is sent.
#[derive(Serialize, Deserialize)]
pub struct Notification {
    /// The text.
    pub message: String,
    /// The name.
    pub r#type: String,
    /// Its number.
    pub id: u64,
}

/// What is asked for.
#[derive(Serialize, Deserialize)]
pub struct StreamPayload {
    /// From the path.
    pub topic: String,
    /// From the query.
    pub limit: Option<usize>,
    /// From the header.
    pub start_id: Option<u64>,
}

/// Notifications, as they happen.
#[server_sent_events(
    data = "message",
    event = "type",
    id = "id",
    last_event_id = "start_id"
)]
pub trait Notifications {
    /// Streams every notification published on a topic.
    #[sse(get = "/topics/{topic}/events")]
    async fn stream(
        &self,
        ctx: Context,
        payload: StreamPayload,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;
}

/// A service.
#[derive(Debug)]
pub struct Alerts;

impl Notifications for Alerts {
    async fn stream(
        &self,
        _ctx: Context,
        payload: StreamPayload,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem> {
        for id in payload.start_id.unwrap_or(0)..3 {
            let message = payload.topic.clone();
            let r#type = String::from("alert");
            stream
                .send(Notification {
                    message,
                    r#type,
                    id,
                })
                .await?;
        }
        Ok(())
    }
}

#[test]
fn it_compiles() {
    let server = NotificationsServer::new(Alerts);
    let _one: axum::routing::MethodRouter = server.stream();
    let _all: axum::Router = axum::Router::new().merge(server.clone().into_router());
    let _shown = format!("{server:?} {NotificationsStream:?}");
}
