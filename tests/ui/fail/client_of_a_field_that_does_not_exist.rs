use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize, Deserialize)]
struct Notification {
    message: String,
}

#[server_sent_events(client, data = mesage)]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

fn main() {}
