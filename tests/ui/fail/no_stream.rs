use sse_runtime::{Problem, server_sent_events};

#[server_sent_events]
trait Notifications {
    async fn stream(&self) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(&self) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
