use sse_runtime::{Problem, server_sent_events};

#[server_sent_events(client)]
trait Notifications {
    async fn stream(&self, stream: impl StreamServerStream<String>) -> Result<(), Problem>;

    #[sse(client = none)]
    async fn internal(&self, stream: impl InternalServerStream<String>) -> Result<(), Problem>;
}

fn main() {
    let client = NotificationsClient::new("http://localhost").unwrap();
    let _ = client.stream();
    let _ = client.internal();
}
