//! The stream.

use std::sync::Arc;

use api::cut::{Cut, CutNumbers, CutServer, Number, NumbersPayload, NumbersServerStream};
use sse_runtime::Problem;
use sse_runtime::hub::{Deliver, Hub};
use sse_runtime::log::{Bounds, MemoryLog};
use tokio::net::TcpListener;

use super::proxy::Proxy;

/// The least number of bytes that a number takes on the wire, with its id.
const LEAST: usize = 100;

pub(super) type Numbers = Hub<CutNumbers>;

struct Service(Numbers);

impl Cut for Service {
    async fn numbers(
        &self,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), Problem> {
        let events = self.0.subscribe("numbers").after(payload.after);
        Ok(stream
            .forward(events.otherwise(Deliver::All).await?)
            .await?)
    }
}

pub(super) fn hub() -> Numbers {
    let bounds = Bounds::default().events(100_000).bytes(256 << 20);
    Hub::new(MemoryLog::new(bounds), CutNumbers)
}

pub(super) async fn serve(listener: TcpListener, hub: Numbers) {
    let app = CutServer::new(Service(hub)).into_router();
    let served = sse_runtime::serve(listener, app).await;
    served.expect("it serves until its thread ends");
}

/// Publishes no more than the proxy lets through, and a little.
pub(super) async fn publish(hub: Numbers, events: u64, proxy: Arc<Proxy>) {
    for n in 0..events - 1 {
        proxy.let_through(LEAST).await;
        let published = hub.publish("numbers", &Number::nth(n)).await;
        published.expect("a channel that has not ended takes events");
    }
    let last = hub.publish_last("numbers", &Number::nth(events - 1)).await;
    last.expect("a channel ends once");
}
