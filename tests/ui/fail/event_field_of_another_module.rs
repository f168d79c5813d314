use sse_runtime::{Problem, server_sent_events};

mod events {
    use serde::Serialize;

    #[derive(Serialize)]
    pub struct Notification {
        message: String,
    }
}

use events::Notification;

#[server_sent_events(data = message)]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(&self, _stream: impl StreamServerStream<Notification>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
