use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize, Deserialize)]
struct Notification {
    message: String,
}

#[server_sent_events(client(feature = client))]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

fn main() {
    let client = NotificationsClient::new("http://localhost").unwrap();
    let _ = client.stream();
}
