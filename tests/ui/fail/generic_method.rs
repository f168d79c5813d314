use sse_runtime::{Problem, server_sent_events};

#[server_sent_events]
trait Notifications {
    async fn stream<T: Send + 'static>(
        &self,
        stream: impl StreamServerStream<T>,
    ) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream<T: Send + 'static>(
        &self,
        _stream: impl StreamServerStream<T>,
    ) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
