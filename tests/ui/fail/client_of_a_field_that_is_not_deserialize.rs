use serde::Serialize;
use sse_runtime::{IdField, Problem, server_sent_events};

#[derive(Serialize)]
struct Sequence(u64);
impl IdField for Sequence {}

struct Notification {
    message: String,
    seq: Sequence,
}

#[server_sent_events(client, data = message, id = seq)]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

fn main() {}
