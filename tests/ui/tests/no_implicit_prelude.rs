#![deny(warnings)]
//! Where nothing is in scope that is not asked for, everything generated is still found.
#![no_implicit_prelude]

use ::serde::{Deserialize, Serialize};
use ::sse_runtime::{Context, Problem, server_sent_events};
use ::std::option::Option;
use ::std::result::Result::{self, Ok};
use ::std::string::String;

#[derive(Serialize, Deserialize)]
pub struct Notification {
    pub message: String,
    pub kind: String,
    pub id: u64,
    pub delay: Option<u32>,
}

#[derive(Deserialize)]
pub struct Query {
    pub topic: String,
    pub start: Option<u64>,
    pub tenant: Option<String>,
    pub session: Option<String>,
}

#[server_sent_events(data = message, event = kind, id = text(id), retry = delay, key = text(id))]
pub trait Notifications {
    #[sse(
        get = "/{topic}",
        last_event_id = start,
        header(tenant = "X-Tenant"),
        cookie(session = "sid"),
        done = "[DONE]",
        keep_alive = none,
        reconnection_time = "3s",
        ping_event = "ping"
    )]
    async fn stream(
        &self,
        ctx: Context,
        payload: Query,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem>;

    #[sse(data = json(message), event = none, id = id, key = kind)]
    async fn second(&self, stream: impl SecondServerStream<Notification>) -> Result<(), Problem> {
        ::std::mem::drop(stream);
        Ok(())
    }
}

pub struct Service;

impl Notifications for Service {
    async fn stream(
        &self,
        _ctx: Context,
        payload: Query,
        stream: impl StreamServerStream<Notification>,
    ) -> Result<(), Problem> {
        ::std::mem::drop((
            payload.topic,
            payload.start,
            payload.tenant,
            payload.session,
            stream,
        ));
        Ok(())
    }
}

#[::core::prelude::v1::test]
fn it_compiles() {
    let _: ::axum::Router = NotificationsServer::new(Service).into_router();
}
