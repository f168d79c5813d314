use serde::Serialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
    kind: String,
    id: u64,
    internal: u64,
}

#[server_sent_events(data = message, event = kind, id = id)]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;

    #[sse(client)]
    async fn read(&self, stream: impl ReadServerStream<Notification>) -> Result<(), Problem>;
}

fn main() {}
