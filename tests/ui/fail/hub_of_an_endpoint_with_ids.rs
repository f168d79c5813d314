use serde::Serialize;
use sse_runtime::hub::Hub;
use sse_runtime::log::MemoryLog;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
pub struct Alert {
    message: String,
    seq: u64,
}

#[server_sent_events(data = message, id = seq)]
pub trait Alerts {
    async fn stream(&self, stream: impl StreamServerStream<Alert>) -> Result<(), Problem>;
}

fn main() {
    let _ = Hub::new(MemoryLog::default(), AlertsStream);
}
