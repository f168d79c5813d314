use serde::Serialize;
use sse_runtime::{Problem, ServerStream, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
}

struct Service;

#[server_sent_events]
impl Service {
    #[sse(get = "/events")]
    async fn stream(&self, _stream: impl ServerStream<Notification>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let _ = Service;
}
