//! Clients, of all that a method can be.

// The feature is one that this crate has not.
#![allow(unexpected_cfgs)]
#![deny(missing_docs, missing_debug_implementations, unused, deprecated)]

use futures::Stream;
use serde::{Deserialize, Serialize};
use sse_runtime::client::{Client, Events, InvalidRequest};
use sse_runtime::{Event, Problem, server_sent_events};

/// An event.
#[derive(Debug, Serialize, Deserialize)]
pub struct Notification {
    /// Its text.
    pub message: String,
    /// Its name.
    pub r#type: Option<String>,
    /// Its number.
    pub id: u64,
}

/// With a parameter, whose type only the trait knows.
#[derive(Debug)]
pub struct Envelope<T> {
    /// What is in it.
    pub content: T,
}

/// What changes.
#[derive(Debug, Serialize, Deserialize)]
pub enum Change {
    /// A new one.
    Added(String),
    /// No more.
    Finished,
}

/// A payload.
#[derive(Debug, Serialize, Deserialize)]
pub struct Query {
    /// From the path.
    pub topic: String,
    /// From the header.
    pub start_id: Option<u64>,
}

/// Notifications.
#[server_sent_events(client)]
pub trait Notifications {
    /// All of it is mapped.
    #[sse(get = "/{topic}", data = message, event = type, id = id, last_event_id = start_id)]
    async fn stream(
        &self,
        payload: Query,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;

    /// The event is the data.
    #[sse(event = type, id = id)]
    async fn whole(&self, stream: impl WholeServerStream<Notification>) -> Result<(), Problem>;

    /// A field of a type with parameters.
    #[sse(data = content)]
    async fn envelopes(
        &self,
        stream: impl EnvelopesServerStream<Envelope<Vec<u8>>>,
    ) -> Result<(), Problem>;

    /// Variants.
    #[sse(variants, done = Finished)]
    async fn changes(&self, stream: impl ChangesServerStream<Change>) -> Result<(), Problem>;

    /// Untyped.
    async fn raw(&self, stream: impl RawServerStream<Event>) -> Result<(), Problem>;

    /// A body.
    #[sse(post = "/answers", done = "[DONE]")]
    async fn answers(
        &self,
        payload: Query,
        stream: impl AnswersServerStream<String>,
    ) -> Result<(), Problem>;

    /// Pulled.
    async fn pulled(&self) -> Result<impl Stream<Item = Result<String, Problem>> + Send, Problem>;

    /// Only for some.
    #[cfg(any())]
    async fn absent(&self, stream: impl AbsentServerStream<Nothing>) -> Result<(), Problem>;

    /// Only where a feature is.
    #[sse(client(feature = "never"))]
    async fn optional(&self, stream: impl OptionalServerStream<Lossy>) -> Result<(), Problem>;
}

/// What no client could rebuild.
#[derive(Debug, Serialize)]
pub struct Lossy {
    /// A text.
    pub text: &'static str,
}

mod quiet {
    use sse_runtime::{Problem, server_sent_events};

    #[server_sent_events]
    pub(crate) trait Quiet {
        #[sse(client)]
        async fn heard(&self, stream: impl HeardServerStream<u8>) -> Result<(), Problem>;

        async fn unheard(
            &self,
            stream: impl UnheardServerStream<crate::Lossy>,
        ) -> Result<(), Problem>;
    }
}

fn calls(client: &NotificationsClient, query: &Query) {
    let _: Events<NotificationsStream, Notification> = client.stream(query);
    let _: Events<NotificationsEnvelopes, Envelope<Vec<u8>>> = client.envelopes();
    let _ = client.whole();
    let _ = client.changes();
    let _: Events<NotificationsRaw, Event> = client.raw();
    let _ = client.answers(query);
    let _ = client.pulled();
}

#[test]
fn it_compiles() -> Result<(), InvalidRequest> {
    let own = NotificationsClient::with(Client::new(), "http://localhost/api")?;
    let query = Query {
        topic: "disk".to_owned(),
        start_id: None,
    };
    calls(&own.clone(), &query);
    let _ = quiet::QuietClient::new("http://localhost")?.heard();
    Ok(())
}
