use serde::Serialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
    kind: String,
    id: u64,
}

#[server_sent_events]
trait Notifications {
    async fn new(&self, stream: impl NewServerStream<Notification>) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn new(&self, _stream: impl NewServerStream<Notification>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let _: axum::Router = NotificationsServer::new(Service).into_router();
}
