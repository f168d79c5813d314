use sse_runtime::{Problem, server_sent_events};

#[server_sent_events(client)]
trait Notifications {
    async fn with(&self, stream: impl WithServerStream<String>) -> Result<(), Problem>;
}

fn main() {}
