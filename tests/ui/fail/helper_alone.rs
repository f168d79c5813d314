use serde::Serialize;
use sse_runtime::{Problem, ServerStream, sse};

#[derive(Serialize)]
struct Notification {
    message: String,
}

trait Notifications {
    #[sse(get = "/events")]
    async fn stream(&self, stream: impl ServerStream<Notification>) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(&self, _stream: impl ServerStream<Notification>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let _ = Service;
}
