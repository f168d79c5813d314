use serde::Serialize;
use sse_runtime::openapi::Document;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Tick {
    at: u64,
}

#[server_sent_events]
trait Clock {
    async fn ticks(&self, stream: impl TicksServerStream<Tick>) -> Result<(), Problem>;
}

fn main() {
    let _ = Document::new("Clock", "1.0.0").add::<ClockServer<()>>();
}
