use serde::Serialize;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
}

#[server_sent_events]
trait Notifications {
    fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

struct Service {
    hub: Hub<NotificationsStream>,
}

impl Notifications for Service {
    fn stream(&self, _stream: impl StreamServerStream<Notification>) -> Result<(), Problem> {
        let _ = self.hub.subscribe("room");
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let hub = Hub::new(MemoryLog::default(), NotificationsStream);
    let message = String::new();
    let _ = hub.publish("room", &Notification { message }).await;
    let _: axum::Router = NotificationsServer::new(Service { hub }).into_router();
}
