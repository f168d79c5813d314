use serde::Deserialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Deserialize)]
struct Query {
    topic: String,
}

#[server_sent_events(client)]
trait Notifications {
    #[sse(get = "/{topic}")]
    async fn stream(
        &self,
        payload: Query,
        stream: impl StreamServerStream<String>,
    ) -> Result<(), Problem>;
}

fn main() {
    let client = NotificationsClient::new("http://localhost").unwrap();
    let topic = "disk".to_owned();
    let _ = client.stream(&Query { topic });
}
