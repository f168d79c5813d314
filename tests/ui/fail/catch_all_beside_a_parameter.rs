use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
    kind: String,
    id: u64,
}

#[derive(Deserialize)]
struct Query {
    topic: String,
    start: Option<u64>,
}

#[server_sent_events]
trait Notifications {
    #[sse(get = "/topics/{topic}")]
    async fn stream(
        &self,
        payload: Query,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;

    #[sse(get = "/topics/{*topic}")]
    async fn second(
        &self,
        payload: Query,
        stream: impl SecondServerStream<Notification>,
    ) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(
        &self,
        _payload: Query,
        _stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem> {
        Ok(())
    }

    async fn second(
        &self,
        _payload: Query,
        _stream: impl SecondServerStream<Notification>,
    ) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
