use serde::Serialize;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
pub struct Alert {
    message: String,
}

#[server_sent_events(data = message)]
pub trait Alerts {
    async fn stream(&self, stream: impl StreamServerStream<Alert>) -> Result<(), Problem>;
}

#[tokio::main]
async fn main() {
    let hub = Hub::new(MemoryLog::default(), AlertsStream);
    let _ = hub.publish("disk", &"not an alert").await;
    let _ = hub.subscribe(7).await;
}
