#![deny(warnings)]
//! A `macro_rules!` may write the trait: its fields, paths and types are found.

use serde::{Deserialize, Serialize};
use sse_runtime::{Context, Problem, server_sent_events};

#[derive(Serialize)]
pub struct Tick {
    pub n: u64,
    pub name: String,
}

#[derive(Deserialize)]
pub struct Query {
    pub clock: String,
    pub start: u64,
}

macro_rules! clock {
    ($service:ident, $method:ident, $stream:ident, $path:literal, $field:ident, $event:ty, $extractor:ty) => {
        #[server_sent_events(data = $field, event = "name", key = $field)]
        pub trait $service {
            #[sse(get = $path, last_event_id = start)]
            async fn $method(
                &self,
                context: $extractor,
                other: $crate::Context,
                payload: $crate::Query,
                stream: impl $stream<$event>,
            ) -> Result<(), Problem>;
        }
    };
}

clock!(
    Clock,
    ticks,
    TicksServerStream,
    "/{clock}/ticks",
    n,
    Tick,
    Context
);

struct Sundial;

impl Clock for Sundial {
    async fn ticks(
        &self,
        _context: Context,
        _other: Context,
        payload: Query,
        stream: impl TicksServerStream<Tick>,
    ) -> Result<(), Problem> {
        let Query { clock: name, start } = payload;
        stream.send(Tick { n: start, name }).await?;
        Ok(())
    }
}

macro_rules! typed {
    ($service:ident, $stream:ty, $pushed:ty, $pulled:ty, $payload:ty) => {
        #[server_sent_events]
        pub trait $service {
            async fn push(&self, stream: $stream) -> $pushed;
            async fn pull(&self, payload: $payload) -> $pulled;
        }
    };
}

typed!(
    Typed,
    impl PushServerStream<String>,
    Result<(), Problem>,
    Result<impl futures::Stream<Item = Result<String, Problem>>, Problem>,
    Query
);

impl Typed for Sundial {
    async fn push(&self, stream: impl PushServerStream<String>) -> Result<(), Problem> {
        stream.send(String::new()).await?;
        Ok(())
    }

    async fn pull(
        &self,
        _payload: Query,
    ) -> Result<impl futures::Stream<Item = Result<String, Problem>>, Problem> {
        Ok(futures::stream::empty())
    }
}

#[test]
fn it_compiles() {
    let _: axum::Router = TypedServer::new(Sundial).into_router();
    let _: axum::Router = ClockServer::new(Sundial).into_router();
}
