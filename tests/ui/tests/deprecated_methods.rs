#![deny(warnings)]
//! `#[deprecated]` warns who uses the method or the trait, not who has it.

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

#[server_sent_events]
#[deprecated]
pub trait Hourglass {
    async fn grains(&self, stream: impl GrainsServerStream<u64>) -> Result<(), Problem>;
}

#[expect(deprecated)]
impl Hourglass for Sundial {
    async fn grains(&self, _stream: impl GrainsServerStream<u64>) -> Result<(), Problem> {
        Ok(())
    }
}

#[test]
fn it_compiles() {
    let _: axum::Router = HourglassServer::new(Sundial).into_router();
    let server = ClockServer::new(Sundial);
    #[expect(deprecated)]
    let _: axum::routing::MethodRouter = server.ticks();
    #[expect(deprecated)]
    let _ = ClockTicks;
    let _: axum::Router = server.into_router();
}
