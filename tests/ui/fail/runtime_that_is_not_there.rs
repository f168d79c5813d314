use serde::{Deserialize, Serialize};
use sse_runtime::{Context, Problem, server_sent_events};

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

#[server_sent_events(crate = ::no_such_crate, id = id)]
trait Notifications {
    #[sse(get = "/{topic}")]
    async fn stream(
        &self,
        ctx: Context,
        payload: Query,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(
        &self,
        _ctx: Context,
        _payload: Query,
        _stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
