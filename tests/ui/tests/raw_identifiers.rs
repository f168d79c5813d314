#![deny(warnings)]
//! Keywords as names of traits, methods, fields and parameters of a path.
#![allow(non_camel_case_types)]

use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, server_sent_events};

#[derive(Serialize)]
pub struct Event {
    pub r#type: String,
    pub r#fn: u64,
    pub r#struct: String,
}

#[derive(Deserialize)]
pub struct Query {
    pub r#in: String,
    pub r#as: Option<u64>,
    pub r#use: Option<String>,
}

#[server_sent_events(event = type, id = "fn", data = r#struct, key = "type", last_event_id = as)]
pub trait r#async {
    #[sse(get = "/{in}", header(use = "X-Use"))]
    async fn r#move(
        &self,
        r#try: sse_runtime::Context,
        payload: Query,
        stream: impl MoveServerStream<Event>,
    ) -> Result<(), Problem>;
}

struct Service;

impl r#async for Service {
    async fn r#move(
        &self,
        _: sse_runtime::Context,
        payload: Query,
        stream: impl MoveServerStream<Event>,
    ) -> Result<(), Problem> {
        let Query { r#in, r#as, r#use } = payload;
        let event = Event {
            r#type: r#in,
            r#fn: r#as.unwrap_or(0),
            r#struct: r#use.unwrap_or_default(),
        };
        stream.send(event).await?;
        Ok(())
    }
}

#[test]
fn it_compiles() {
    let server = asyncServer::new(Service);
    let _: axum::routing::MethodRouter = server.r#move();
    let _: axum::Router = server.into_router();
    let _ = asyncMove;
}
