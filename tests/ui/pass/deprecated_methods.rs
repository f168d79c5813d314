#![deny(warnings)]
//! `#[deprecated]` warns who uses the method, not who has the trait.

use sse_runtime::{Problem, server_sent_events};

#[server_sent_events]
pub trait Clock {
    #[deprecated = "use `seconds`"]
    async fn ticks(&self, stream: impl TicksServerStream<u64>) -> Result<(), Problem>;

    async fn seconds(&self, stream: impl SecondsServerStream<u64>) -> Result<(), Problem>;
}

struct Sundial;

impl Clock for Sundial {
    async fn ticks(&self, stream: impl TicksServerStream<u64>) -> Result<(), Problem> {
        stream.send(1).await?;
        Ok(())
    }

    async fn seconds(&self, stream: impl SecondsServerStream<u64>) -> Result<(), Problem> {
        stream.send(1).await?;
        Ok(())
    }
}

fn main() {
    let server = ClockServer::new(Sundial);
    #[expect(deprecated)]
    let _: axum::routing::MethodRouter = server.ticks();
    #[expect(deprecated)]
    let _ = ClockTicks;
    let _: axum::Router = server.into_router();
}
