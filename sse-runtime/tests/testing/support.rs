//! A service with some of everything.

use std::future::pending;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sse_runtime::testing::Client;
use sse_runtime::{Context, EventId, Problem, server_sent_events};
use tokio::time::sleep;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

#[derive(Serialize)]
pub(crate) struct Number {
    n: u64,
    text: String,
}

#[derive(Deserialize)]
pub(crate) struct NumbersPayload {
    to: u64,
    seen: Option<u64>,
}

#[derive(Deserialize)]
pub(crate) struct Question {
    about: String,
    stream: bool,
}

#[server_sent_events]
pub(crate) trait Api {
    /// The numbers up to one, of two lines each. Then the stream is over for good.
    #[sse(get = "/numbers", id = n, event_name = "number", data = text, last_event_id = seen, done,
          reconnection_time = "2s")]
    async fn numbers(
        &self,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), Problem>;

    /// A `1` now and a `2` after 40 seconds.
    #[sse(get = "/slow")]
    async fn slow(&self, stream: impl SlowServerStream<u8>) -> Result<(), Problem>;

    /// A resume point, and nothing else ever.
    #[sse(get = "/silent", keep_alive = none)]
    async fn silent(
        &self,
        ctx: Context,
        stream: impl SilentServerStream<u8>,
    ) -> Result<(), Problem>;

    /// As many events as are read.
    #[sse(get = "/endless")]
    async fn endless(&self, stream: impl EndlessServerStream<String>) -> Result<(), Problem>;

    /// An answer in words, or in one piece.
    #[sse(post = "/answers")]
    async fn answer(
        &self,
        payload: Question,
        stream: impl AnswerServerStream<String>,
    ) -> Result<Option<String>, Problem>;
}

pub(crate) struct Service;

impl Api for Service {
    async fn numbers(
        &self,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), Problem> {
        for n in payload.seen.unwrap_or(0) + 1..=payload.to {
            let text = format!("{n} 🍲\nis ſoup");
            stream.send(Number { n, text }).await?;
        }
        Ok(())
    }

    async fn slow(&self, stream: impl SlowServerStream<u8>) -> Result<(), Problem> {
        stream.send(1).await?;
        sleep(40 * SECOND).await;
        Ok(stream.send(2).await?)
    }

    async fn silent(
        &self,
        ctx: Context,
        stream: impl SilentServerStream<u8>,
    ) -> Result<(), Problem> {
        stream.checkpoint(EventId::new("here")?)?;
        ctx.open();
        pending().await
    }

    async fn endless(&self, stream: impl EndlessServerStream<String>) -> Result<(), Problem> {
        loop {
            stream.send("x".repeat(1000)).await?;
        }
    }

    async fn answer(
        &self,
        payload: Question,
        stream: impl AnswerServerStream<String>,
    ) -> Result<Option<String>, Problem> {
        if !payload.stream {
            return Ok(Some(json!({"about": payload.about}).to_string()));
        }
        stream.send("about".to_owned()).await?;
        stream.send(payload.about).await?;
        Ok(None)
    }
}

pub(crate) fn client() -> Client {
    Client::new(ApiServer::new(Service).into_router())
}

/// A client of something that answers every request so.
pub(crate) fn of_wire(wire: impl Into<Vec<u8>>) -> Client {
    let wire = wire.into();
    let stream = move || {
        let wire = wire.clone();
        async move { ([("content-type", "text/event-stream")], wire) }
    };
    Client::new(axum::Router::new().fallback(stream))
}
