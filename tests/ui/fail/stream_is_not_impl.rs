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
    async fn stream(&self, stream: StreamServerStream<Notification>) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(&self, _stream: StreamServerStream<Notification>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
