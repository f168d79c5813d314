use serde::Serialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Price {
    symbol: String,
    cents: u64,
}

#[server_sent_events(data = cents, key = symbl)]
trait Prices {
    async fn changes(&self, stream: impl ChangesServerStream<Price>) -> Result<(), Problem>;
}

struct Service;

impl Prices for Service {
    async fn changes(&self, _stream: impl ChangesServerStream<Price>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let server = PricesServer::new(Service);
    let _: axum::routing::MethodRouter = server.changes();
    let _: axum::Router = server.into_router();
}
