use serde::Serialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
}

#[server_sent_events(client)]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

fn main() {}
