use serde::Serialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Notification {
    message: String,
    kind: String,
    id: u64,
}

#[server_sent_events]
trait Notifications {
    #[sse(get = "/1")]
    async fn all_rooms(
        &self,
        stream: impl AllRoomsServerStream<Notification>,
    ) -> Result<(), Problem>;

    #[sse(get = "/2")]
    #[allow(non_snake_case)]
    async fn all__rooms(
        &self,
        stream: impl AllRoomsServerStream<Notification>,
    ) -> Result<(), Problem>;
}

struct Service;

impl Notifications for Service {
    async fn all_rooms(
        &self,
        _stream: impl AllRoomsServerStream<Notification>,
    ) -> Result<(), Problem> {
        Ok(())
    }

    async fn all__rooms(
        &self,
        _stream: impl AllRoomsServerStream<Notification>,
    ) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let _: axum::Router = NotificationsServer::new(Service).into_router();
}
