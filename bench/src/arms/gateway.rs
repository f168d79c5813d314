//! The crate `sse-gateway` 2.0 as its documentation starts it: its own server, its memory storage, and
//! a source that this process feeds.

use sse_gateway::{ChannelSource, Gateway, IncomingMessage, MemoryStorage};
use tokio::sync::mpsc;

use crate::event::{NAME, Quote, Tick};
use crate::server::{HISTORY, Publish};

const CHANNEL: &str = "ticks";

/// Where its clients connect.
pub(crate) const PATH: &str = "/sse/connect?channel_id=ticks";

pub(crate) struct Feed {
    messages: mpsc::Sender<IncomingMessage>,
    next: u64,
}

/// Starts it on `port`; it takes no listener of ours.
pub(crate) fn start(port: u16) -> Result<Feed, String> {
    let (source, messages) = ChannelSource::new();
    let gateway = Gateway::builder()
        .port(port)
        .source(source)
        .storage(MemoryStorage::new(HISTORY))
        .dashboard(false)
        .build()
        .map_err(|error| error.to_string())?;
    tokio::spawn(gateway.run());
    Ok(Feed { messages, next: 0 })
}

impl Publish for Feed {
    async fn publish(&mut self, events: u64) {
        for _ in 0..events {
            let tick = Tick::<Quote>::nth(self.next);
            self.next += 1;
            let data = serde_json::to_string(&tick.data).unwrap_or_default();
            let message = IncomingMessage::new(NAME, data).with_channel(CHANNEL);
            // It fails where the gateway is gone, which the client notices.
            let _ = self.messages.send(message).await;
        }
    }
}
