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
    async fn server(&self, stream: impl ServerServerStream<Notification>) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn server(&self, _stream: impl ServerServerStream<Notification>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let _: axum::Router = NotificationsServer::new(Service).into_router();
}
