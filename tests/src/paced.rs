//! A server whose events go out one by one, when the test says so.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sse_runtime::{Context, EndReason, Problem, server_sent_events};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

#[derive(Serialize)]
struct Number {
    n: u64,
    text: String,
}

#[derive(Deserialize)]
struct NumbersPayload {
    limit: u64,
    seen: Option<u64>,
}

#[server_sent_events]
trait Pace {
    /// The numbers up to a limit.
    #[sse(
        get = "/numbers",
        id = n,
        event_name = "number",
        data = text,
        last_event_id = seen,
        keep_alive = none,
        done
    )]
    async fn numbers(
        &self,
        ctx: Context,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), Problem>;

    /// Heartbeats and nothing else.
    #[sse(get = "/silence", keep_alive = "20ms")]
    async fn silence(
        &self,
        ctx: Context,
        stream: impl SilenceServerStream<String>,
    ) -> Result<(), Problem>;
}

struct Pacer {
    go: Arc<Semaphore>,
    ends: mpsc::UnboundedSender<EndReason>,
}

impl Pacer {
    fn report(&self, ctx: &Context) {
        let ends = self.ends.clone();
        ctx.on_end(move |end| {
            // Where no test listens any more, none wants to know.
            let _ = ends.send(end.reason);
        });
    }
}

impl Pace for Pacer {
    async fn numbers(
        &self,
        ctx: Context,
        payload: NumbersPayload,
        stream: impl NumbersServerStream<Number>,
    ) -> Result<(), Problem> {
        self.report(&ctx);
        for n in payload.seen.unwrap_or(0) + 1..=payload.limit {
            self.go
                .acquire()
                .await
                .expect("it is never closed")
                .forget();
            let text = format!("this is\nnumber {n}");
            stream.send(Number { n, text }).await?;
        }
        Ok(())
    }

    async fn silence(
        &self,
        ctx: Context,
        _stream: impl SilenceServerStream<String>,
    ) -> Result<(), Problem> {
        self.report(&ctx);
        ctx.open();
        std::future::pending().await
    }
}

/// The server, as a test holds it.
#[derive(Debug)]
pub struct Paced {
    address: SocketAddr,
    go: Arc<Semaphore>,
    ends: mpsc::UnboundedReceiver<EndReason>,
}

impl Paced {
    /// Serves on a free port until the test's runtime ends.
    pub async fn serve() -> Self {
        let go = Arc::new(Semaphore::new(0));
        let (sender, ends) = mpsc::unbounded_channel();
        let pacer = Pacer {
            go: Arc::clone(&go),
            ends: sender,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let app = PaceServer::new(pacer).into_router();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, go, ends }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets one more number go out.
    pub fn next(&self) {
        self.go.add_permits(1);
    }

    /// Why the next stream to end has ended.
    pub async fn end(&mut self) -> EndReason {
        self.ends.recv().await.expect("the server runs")
    }
}
