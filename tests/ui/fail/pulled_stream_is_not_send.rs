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
    async fn stream(&self) -> Result<impl Stream<Item = Result<Notification, Problem>>, Problem>;
}

struct Service;

impl Notifications for Service {
    async fn stream(&self) -> Result<impl Stream<Item = Result<Notification, Problem>>, Problem> {
        let kept = std::rc::Rc::new(0);
        Ok(futures::stream::poll_fn(move |_| {
            let _ = &kept;
            std::task::Poll::Ready(None)
        }))
    }
}

fn main() {
    let server = NotificationsServer::new(Service);
    let _: axum::routing::MethodRouter = server.stream();
    let _: axum::Router = server.into_router();
}
