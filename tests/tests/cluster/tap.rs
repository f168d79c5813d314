//! A reader that sees the stream as it goes over the wire, and stays on one connection.

use reqwest::{Client, Response};
use sse_runtime::client::Gap;
use sse_runtime::wire::{Decoder, Item};
use tests::node::Number;
use tokio::time::{Instant, timeout_at};

/// What came.
#[derive(Debug)]
pub(crate) enum Came {
    Number(Number),
    Gap(Gap),
}

pub(crate) struct Tap {
    response: Response,
    decoder: Decoder,
    /// How many times something came that is no event: a heartbeat.
    pub(crate) heartbeats: usize,
    /// The id of the last event.
    pub(crate) id: String,
}

impl Tap {
    /// Opens a stream of some channels of a node, after that id if any, and waits for its head.
    pub(crate) async fn open(http: &Client, node: &str, channels: &[String], after: &str) -> Self {
        let channels = channels.iter().map(|channel| format!("channels={channel}"));
        let query = channels.collect::<Vec<_>>().join("&");
        let request = http.get(format!("{node}/events?{query}"));
        let request = match after {
            "" => request,
            id => request.header("last-event-id", id),
        };
        let response = request.send().await.expect("the node answers");
        assert_eq!(response.status(), 200);
        Self {
            response,
            decoder: Decoder::new(),
            heartbeats: 0,
            id: after.to_owned(),
        }
    }

    /// The next event or gap that comes until then.
    ///
    /// # Panics
    /// Where the stream ends.
    pub(crate) async fn next(&mut self, until: Instant) -> Option<Came> {
        loop {
            if let Some(came) = self.decoded() {
                return Some(came);
            }
            let chunk = timeout_at(until, self.response.chunk()).await.ok()?;
            let chunk = chunk
                .expect("the stream breaks off")
                .expect("the stream ends");
            if chunk.starts_with(b":") {
                self.heartbeats += 1;
            }
            self.decoder.push(chunk);
        }
    }

    /// All that comes until then.
    pub(crate) async fn all(&mut self, until: Instant) -> Vec<Came> {
        let mut all = Vec::new();
        while let Some(came) = self.next(until).await {
            all.push(came);
        }
        all
    }

    fn decoded(&mut self) -> Option<Came> {
        while let Some(item) = self.decoder.next_item().expect("it is a stream") {
            match item {
                Item::Message(message) => {
                    message.last_event_id().clone_into(&mut self.id);
                    return Some(match message.event() {
                        "gap" => Came::Gap(Gap::read(message.data()).expect("a gap")),
                        _ => Came::Number(serde_json::from_str(message.data()).expect("a number")),
                    });
                }
                Item::LastEventId(id) => id.clone_into(&mut self.id),
                _ => {}
            }
        }
        None
    }
}
