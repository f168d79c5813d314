#![deny(warnings)]
//! What generated code could call its own: a trait named like a parameter of a type, methods named
//! like those that values have anyway.

use serde::{Deserialize, Serialize};
use sse_runtime::{Problem, ServerStream, server_sent_events};

#[derive(Deserialize, Serialize)]
pub struct T {
    pub id: u64,
    pub data: String,
}

#[server_sent_events(client, id = id, data = data)]
pub trait S {
    async fn into(&self, payload: T, stream: impl ServerStream<T>) -> Result<(), Problem>;
    async fn clone(&self, stream: impl ServerStream<T>) -> Result<(), Problem>;
    async fn fmt(&self, stream: impl ServerStream<T>) -> Result<(), Problem>;
    async fn service(&self, stream: impl ServerStream<T>) -> Result<(), Problem>;
}

pub fn router(service: impl S) -> axum::Router {
    SServer::new(service).into_router()
}
