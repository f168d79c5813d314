#![deny(warnings)]
//! A module may call its own things what the standard library calls its own.
#![allow(dead_code)]

mod shadowing {
    use serde::{Deserialize, Serialize};
    use sse_runtime::{Problem, server_sent_events};

    pub type Result<T> = ::core::result::Result<T, Problem>;
    pub struct Option;
    pub struct String;
    pub struct Vec;
    pub struct Some;
    pub struct Ok;
    pub struct Arc;
    pub struct Router;
    pub trait Send {}
    pub trait Sync {}
    pub trait Clone {}
    pub trait Debug {}
    pub trait Future {}
    pub mod core {}
    pub mod std {}

    #[allow(unused_macros)]
    macro_rules! matches {
        () => {};
    }

    #[derive(Serialize, Deserialize)]
    pub enum Event {
        Started,
        Finished(u8),
    }

    #[derive(Serialize)]
    pub struct Seat {
        pub id: ::core::option::Option<sse_runtime::EventId>,
        pub row: u8,
    }

    #[derive(Deserialize)]
    pub struct Query {
        pub room: u64,
        pub start: u64,
    }

    #[server_sent_events(variants, done = Finished, keep_alive = "5s", error_event = none)]
    pub trait Rooms {
        #[sse(get = "/{room}", last_event_id = start)]
        async fn push(&self, payload: Query, stream: impl PushServerStream<Event>) -> Result<()>;

        async fn pull(
            &self,
        ) -> Result<impl futures::Stream<Item = Result<Event>> + ::core::marker::Send>;

        #[sse(variants = none, done = none, id = id, data = row, key = row)]
        async fn seats(&self, stream: impl SeatsServerStream<Seat>) -> Result<()>;
    }

    pub struct Service;

    impl Rooms for Service {
        async fn push(&self, payload: Query, stream: impl PushServerStream<Event>) -> Result<()> {
            if payload.room == payload.start {
                stream.send(Event::Started).await?;
            }
            ::core::result::Result::Ok(())
        }

        async fn pull(
            &self,
        ) -> Result<impl futures::Stream<Item = Result<Event>> + ::core::marker::Send> {
            ::core::result::Result::Ok(futures::stream::empty())
        }

        async fn seats(&self, stream: impl SeatsServerStream<Seat>) -> Result<()> {
            let id = ::core::option::Option::None;
            stream.send(Seat { id, row: 1 }).await?;
            ::core::result::Result::Ok(())
        }
    }
}

#[test]
fn it_compiles() {
    use shadowing::RoomsServer;
    let _: axum::Router = RoomsServer::new(shadowing::Service).into_router();
}
