use serde::Serialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
    kind: String,
    id: u64,
}

use futures::Stream;

#[server_sent_events]
trait Notifications {
    async fn stream(
        &self,
    ) -> Result<impl Stream<Item = Result<Notification, std::io::Error>>, Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(
        &self,
    ) -> Result<impl Stream<Item = Result<Notification, std::io::Error>>, Problem> {
        Ok(futures::stream::empty())
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
