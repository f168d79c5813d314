#![deny(warnings)]
//! The attribute names Rust fields, whatever serde calls them.

use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    the_message: String,
    #[serde(rename = "@id")]
    the_id: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    topic_name: String,
    start_id: Option<u64>,
}

#[server_sent_events(data = the_message, id = the_id, last_event_id = start_id)]
trait Notifications {
    #[sse(get = "/{topic_name}")]
    async fn stream(
        &self,
        payload: Query,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(
        &self,
        payload: Query,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem> {
        let event = Notification {
            the_message: payload.topic_name,
            the_id: payload.start_id.unwrap_or(0),
        };
        stream.send(event).await?;
        Ok(())
    }
}

#[test]
fn it_compiles() {
    let _: axum::Router = NotificationsServer::new(Service).into_router();
}
