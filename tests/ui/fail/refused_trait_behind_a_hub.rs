use serde::Serialize;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
}

#[server_sent_events]
trait Notifications<T> {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem>;
}

struct Service {
    hub: Hub<NotificationsStream>,
}

impl Notifications<u8> for Service {
    async fn stream(&self, stream: impl StreamServerStream<Notification>) -> Result<(), Problem> {
        let events = self.hub.subscribe("room").await?;
        Ok(stream.forward(events).await?)
    }
}

#[tokio::main]
async fn main() {
    let hub = Hub::new(MemoryLog::default(), NotificationsStream);
    let message = String::new();
    let _ = hub.publish("room", &Notification { message }).await;
    let _: axum::Router = NotificationsServer::new(Service { hub }).into_router();
}
