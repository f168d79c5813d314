#![deny(warnings)]
#![expect(
    clippy::non_minimal_cfg,
    reason = "it is the shortest condition that holds always"
)]
//! A method that is not there leaves nothing behind, whatever its types are.

use sse_runtime::{Context, Problem, ServerStream, server_sent_events};

#[server_sent_events]
#[cfg(all())]
pub trait Clock {
    #[cfg(any())]
    async fn ticks(
        &self,
        nothing: NoSuchExtractor,
        payload: NoSuchPayload,
        stream: impl TicksServerStream<NoSuchEvent>,
    ) -> Result<(), NoSuchError>;

    #[cfg(all())]
    async fn seconds(
        &self,
        context: Context,
        stream: impl SecondsServerStream<u64>,
    ) -> Result<(), Problem>;

    #[cfg(any())]
    async fn hours(&self, stream: impl ServerStream<NoSuchEvent>) -> Result<(), Problem>;
    #[cfg(not(any()))]
    async fn hours(&self, context: Context, stream: impl ServerStream<u64>) -> Result<(), Problem>;
}

#[server_sent_events]
#[cfg(any())]
pub trait NotThere {
    #[cfg(all())]
    async fn ticks(
        &self,
        nothing: NoSuchExtractor,
        payload: NoSuchPayload,
        stream: impl TicksServerStream<NoSuchEvent>,
    ) -> Result<(), NoSuchError>;
}

struct Sundial;

impl Clock for Sundial {
    async fn seconds(
        &self,
        _context: Context,
        stream: impl SecondsServerStream<u64>,
    ) -> Result<(), Problem> {
        stream.send(1).await?;
        Ok(())
    }

    async fn hours(
        &self,
        _context: Context,
        stream: impl ServerStream<u64>,
    ) -> Result<(), Problem> {
        stream.send(1).await?;
        Ok(())
    }
}

#[test]
fn it_compiles() {
    let _: axum::Router = ClockServer::new(Sundial).into_router();
}
