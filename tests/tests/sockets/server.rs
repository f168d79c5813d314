//! The service under test, and who serves it.

use std::future::IntoFuture;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use futures::TryStreamExt;
use sse_runtime::{Context, Problem, Settings, Shutdown, server_sent_events};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

#[server_sent_events(data = message, id = id)]
trait Streams {
    /// One event, then silence.
    #[sse(get = "/quiet", data = none, id = none)]
    async fn quiet(&self, stream: impl QuietServerStream<u32>) -> Result<(), Problem>;

    /// Events of a kilobyte, as fast as they are taken.
    #[sse(get = "/flood")]
    async fn flood(&self, stream: impl FloodServerStream<Kilobyte>) -> Result<(), Problem>;

    /// Events of a kilobyte, with a moment between them.
    #[sse(get = "/trickle")]
    async fn trickle(&self, stream: impl TrickleServerStream<Kilobyte>) -> Result<(), Problem>;

    /// As [`flood`](Self::flood), for half a second.
    #[sse(get = "/short-flood")]
    async fn short_flood(
        &self,
        ctx: Context,
        stream: impl ShortFloodServerStream<Kilobyte>,
    ) -> Result<(), Problem>;
}

#[derive(serde::Serialize)]
pub(crate) struct Kilobyte {
    id: u64,
    message: String,
}

/// What the services have done so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Services that are at work.
    pub(crate) running: AtomicUsize,
    /// Events sent by floods.
    pub(crate) sent: AtomicUsize,
}

struct Service(Arc<Counts>);

struct Running(Arc<Counts>);

impl Running {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.running.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(counts))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Streams for Service {
    async fn quiet(&self, stream: impl QuietServerStream<u32>) -> Result<(), Problem> {
        let _running = Running::new(&self.0);
        stream.send(1).await?;
        std::future::pending().await
    }

    async fn flood(&self, stream: impl FloodServerStream<Kilobyte>) -> Result<(), Problem> {
        let _running = Running::new(&self.0);
        for id in 1.. {
            stream
                .send(Kilobyte {
                    id,
                    message: "x".repeat(1000),
                })
                .await?;
            self.0.sent.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }

    async fn trickle(&self, stream: impl TrickleServerStream<Kilobyte>) -> Result<(), Problem> {
        let _running = Running::new(&self.0);
        for id in 1.. {
            let message = "x".repeat(1000);
            stream.send(Kilobyte { id, message }).await?;
            self.0.sent.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    async fn short_flood(
        &self,
        ctx: Context,
        stream: impl ShortFloodServerStream<Kilobyte>,
    ) -> Result<(), Problem> {
        ctx.end_at(Instant::now() + Duration::from_millis(500));
        self.flood(stream).await
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) counts: Arc<Counts>,
    pub(crate) shutdown: Shutdown,
    pub(crate) served: JoinHandle<std::io::Result<()>>,
}

/// Serves with `axum::serve` on a free port, until the shutdown starts.
pub(crate) async fn serve(drain: Duration) -> Server {
    start(drain, |listener, app, shutdown| {
        let app = app.settings(Settings::new().shutdown(shutdown));
        let serve = axum::serve(listener, router(app));
        serve
            .with_graceful_shutdown(shutdown.started())
            .into_future()
    })
    .await
}

pub(crate) type Serve = sse_runtime::serve::Serve<TcpListener, Router, Router>;

/// Serves with `sse_runtime::serve` on a free port, until the shutdown starts.
pub(crate) async fn serve_streams(drain: Duration) -> Server {
    serve_streams_with(drain, |serve| serve).await
}

/// As [`serve_streams`], set up further.
pub(crate) async fn serve_streams_with(
    drain: Duration,
    set_up: impl FnOnce(Serve) -> Serve,
) -> Server {
    start(drain, |listener, app, shutdown| {
        let serve = sse_runtime::serve(listener, router(app)).with_shutdown(shutdown);
        set_up(serve).into_future()
    })
    .await
}

async fn start<F>(
    drain: Duration,
    serve: impl FnOnce(TcpListener, StreamsServer<Service>, &Shutdown) -> F,
) -> Server
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let counts = Arc::new(Counts::default());
    let shutdown = Shutdown::new().drain(drain);
    let app = StreamsServer::new(Service(Arc::clone(&counts)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(serve(listener, app, &shutdown));
    Server {
        address,
        counts,
        shutdown,
        served,
    }
}

/// The streams, and pages that are none.
fn router(app: StreamsServer<Service>) -> Router {
    Router::new()
        .route("/page", get(async || "a page"))
        .route("/slow-page", get(slow_page))
        .nest("/copied", copied(app.clone().into_router()))
        .merge(app.into_router())
}

async fn slow_page() -> &'static str {
    tokio::time::sleep(Duration::from_millis(300)).await;
    "a slow page"
}

/// Behind a layer that copies bodies, as compression does.
fn copied(app: Router) -> Router {
    app.layer(map_response(async |response: Response| {
        response.map(|body| {
            let copies = body.into_data_stream().map_ok(|data| data.to_vec());
            Body::from_stream(copies)
        })
    }))
}
