//! The streams, and how they are served.

use axum::http::StatusCode;
use sse_runtime::hub::{Deliver, Hub};
use sse_runtime::log::EventLog;
use sse_runtime::{Context, Problem, Shutdown};
use tokio::net::TcpListener;

use super::{Ask, FollowServerStream, Number, Numbers, NumbersFollow, NumbersServer, api};

pub(super) type Feed<L> = Hub<NumbersFollow, L>;

struct Service<L: EventLog>(Feed<L>);

impl<L: EventLog> Numbers for Service<L> {
    async fn follow(
        &self,
        ctx: Context,
        ask: Ask,
        stream: impl FollowServerStream<Number>,
    ) -> Result<(), Problem> {
        if let (Some(who), Some(channel)) = (&ask.who, ask.channels.first()) {
            let entered = self.0.enter(channel, who).await;
            ctx.hold(entered.map_err(|error| {
                Problem::new(StatusCode::BAD_REQUEST).detail(error.to_string())
            })?);
        }
        let deliver = if ask.all { Deliver::All } else { Deliver::New };
        let events = self.0.subscribe(&ask.channels).after(ask.after);
        Ok(stream.forward(events.otherwise(deliver).await?).await?)
    }
}

/// Serves a node over that log until it is told to stop.
///
/// # Panics
/// Never, as serving does not fail.
pub async fn serve<L: EventLog>(listener: TcpListener, log: L, shutdown: &Shutdown) {
    let hub = Hub::new(log, NumbersFollow);
    let streams = NumbersServer::new(Service(hub.clone())).into_router();
    let app = streams.merge(api::router(hub));
    let served = sse_runtime::serve(listener, app).with_shutdown(shutdown);
    served.await.expect("it never fails");
}
