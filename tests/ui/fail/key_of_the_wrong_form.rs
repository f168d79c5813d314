use serde::Serialize;
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
struct Price {
    symbol: String,
    cents: u64,
}

#[server_sent_events(key)]
trait Prices {
    #[sse(key = json(symbol))]
    async fn as_json(&self, stream: impl AsJsonServerStream<Price>) -> Result<(), Problem>;

    #[sse(key(symbol))]
    async fn listed(&self, stream: impl ListedServerStream<Price>) -> Result<(), Problem>;

    #[sse(key = 3)]
    async fn numbered(&self, stream: impl NumberedServerStream<Price>) -> Result<(), Problem>;

    #[sse(key = symbol, key = cents)]
    async fn twice(&self, stream: impl TwiceServerStream<Price>) -> Result<(), Problem>;
}

struct Service;

impl Prices for Service {
    async fn as_json(&self, _stream: impl AsJsonServerStream<Price>) -> Result<(), Problem> {
        Ok(())
    }

    async fn listed(&self, _stream: impl ListedServerStream<Price>) -> Result<(), Problem> {
        Ok(())
    }

    async fn numbered(&self, _stream: impl NumberedServerStream<Price>) -> Result<(), Problem> {
        Ok(())
    }

    async fn twice(&self, _stream: impl TwiceServerStream<Price>) -> Result<(), Problem> {
        Ok(())
    }
}

fn main() {
    let _: axum::Router = PricesServer::new(Service).into_router();
}
