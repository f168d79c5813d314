use serde::Serialize;
use sse_runtime::{LogIds, Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
    id: u64,
}

#[server_sent_events(id = id)]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

fn publish<E: LogIds<true>>(_to: E) {}

fn main() {
    publish(NotificationsStream);
}
