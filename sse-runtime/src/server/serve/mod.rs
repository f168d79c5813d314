//! Serves an app whose responses are event streams: a stand-in for `axum::serve`.
//!
//! See [`serve()`].

mod app;
mod connection;
mod incoming;
mod preface;
mod socket;
mod transport;

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::io;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use axum::serve::Listener;
use tokio::task::{JoinError, JoinSet};
use tower_service::Service;

use super::Shutdown;
use super::outbox::Bounds;
use super::served::Served;
use app::App;
use connection::Protocols;
pub use incoming::IncomingStream;
use socket::Options;

/// How long a client that has vanished is waited for unless [`Serve::client_timeout`] says otherwise.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves `app` on `listener`, as `axum::serve` does, in a way that suits event streams.
///
/// The listener is a `tokio::net::TcpListener`, a `tokio::net::UnixListener` or any other
/// [`axum::serve::Listener`]; the app is a [`Router`](axum::Router), or what its `into_make_service`
/// and `into_make_service_with_connect_info` return. HTTP/1.1 and HTTP/2 with prior knowledge are
/// spoken on the same port, upgrades such as WebSockets included.
///
/// ```no_run
/// use sse_runtime::Shutdown;
///
/// #[tokio::main]
/// async fn main() -> std::io::Result<()> {
///     // let app = NotificationsServer::new(service).into_router();
///     # let app = axum::Router::new();
///     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
///     let shutdown = Shutdown::on_signals()?;
///     sse_runtime::serve(listener, app).with_shutdown(&shutdown).await
/// }
/// ```
///
/// # What differs from `axum::serve`
///
/// | | `axum::serve` | here |
/// |---|---|---|
/// | a shutdown | waits for every connection, without end | returns when the [drain window](Shutdown::drain) ends: what is left is closed |
/// | small events | late, where Nagle's algorithm holds them back | `TCP_NODELAY` |
/// | a TCP client that stops reading | makes the kernel hold up to 4 MB | holds less than 64 KiB, the kernel's included |
/// | a TCP client that vanishes | is noticed after some 15 minutes | [`client_timeout`](Serve::client_timeout) |
/// | connections | as many as there are | [`max_connections`](Serve::max_connections) |
///
/// Options that a system does not have are left out; `TCP_NOTSENT_LOWAT` and `TCP_USER_TIMEOUT` are
/// Linux's. They are set on connections that are a `tokio::net::TcpStream`; a listener that wraps it,
/// for TLS say, sets its own.
///
/// A panic of the app ends its connection, on HTTP/2 its stream, and no other. An error of `accept`, such as a lack of file
/// descriptors, is waited out.
pub fn serve<L, M, S>(listener: L, app: M) -> Serve<L, M, S>
where
    L: Listener,
    M: for<'a> Service<IncomingStream<'a, L>, Error = Infallible, Response = S>,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    Serve {
        listener,
        app,
        shutdown: None,
        max_connections: usize::MAX,
        protocols: Protocols::new(CLIENT_TIMEOUT / 2),
        options: Options {
            user_timeout: CLIENT_TIMEOUT,
        },
        service: PhantomData,
    }
}

/// What [`serve()`] returns: a server that runs when it is awaited.
///
/// It returns `Ok` after a [shutdown](Self::with_shutdown), and never an error. Where it is dropped
/// before, its connections are closed.
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<L, M, S> {
    listener: L,
    app: M,
    shutdown: Option<Shutdown>,
    max_connections: usize,
    protocols: Protocols,
    options: Options,
    service: PhantomData<fn() -> S>,
}

impl<L: Listener, M, S> Serve<L, M, S> {
    /// Ends the server when `shutdown` starts.
    ///
    /// It stops accepting, closes connections without a request at once and lets requests finish.
    /// What is left at the end of the [drain window](Shutdown::drain) is closed, whatever its client
    /// does, and what serves it is dropped. It is also the shutdown of all streams whose
    /// [`Settings`](super::Settings::shutdown) have none: they end, and tell their clients to come
    /// back.
    ///
    /// A connection that has been upgraded, to a WebSocket say, is its handler's and not waited for.
    pub fn with_shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shutdown = Some(shutdown.clone());
        self
    }

    /// At most this many open connections. While there are as many, no further one is accepted:
    /// clients wait in the queue of the listener. No limit unless set.
    pub fn max_connections(mut self, max: usize) -> Self {
        self.max_connections = max;
        self
    }

    /// How long a client may take to send the head of a request, or the next one on a connection
    /// that it keeps alive; then the connection is closed. 30 seconds unless set. A connection that
    /// has sent the first bytes of its first request has the time once more.
    ///
    /// An HTTP/2 client may be silent for longer, as long as it answers when it is asked whether it is
    /// there: see [`client_timeout`](Self::client_timeout).
    pub fn header_read_timeout(mut self, timeout: Duration) -> Self {
        self.protocols.header_read_timeout(timeout);
        self
    }

    /// How long what was sent may stay without an answer until the client counts as gone. 30
    /// seconds unless set.
    ///
    /// It is the connection's `TCP_USER_TIMEOUT`, which also ends a connection that had something to
    /// send for this long while its client read nothing. An HTTP/2 client is also asked whether it is
    /// there after half of the time, and has the other half to answer.
    pub fn client_timeout(mut self, timeout: Duration) -> Self {
        self.options.user_timeout = timeout;
        self.protocols.ping(timeout / 2);
        self
    }

    /// At most this many requests, that is streams, at a time on one HTTP/2 connection. 200 unless
    /// set; clients wait with more until one of them has ended.
    pub fn max_streams_per_connection(mut self, max: u32) -> Self {
        self.protocols.max_concurrent_streams(max);
        self
    }

    /// The address that the listener is bound to.
    ///
    /// # Errors
    /// Those of the listener.
    pub fn local_addr(&self) -> io::Result<L::Addr> {
        self.listener.local_addr()
    }
}

impl<L, M, S> Serve<L, M, S>
where
    L: Listener,
    M: for<'a> Service<IncomingStream<'a, L>, Error = Infallible, Response = S>,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    async fn run(mut self) {
        let protocols = Arc::new(self.protocols);
        let served = Arc::new(Served {
            bounds: Bounds::SERVED,
            shutdown: self.shutdown,
        });
        let mut connections = JoinSet::new();
        let mut started = pin!(served.shutting_down());
        loop {
            let has_room = connections.len() < self.max_connections;
            tokio::select! {
                biased;
                () = &mut started => break,
                Some(ended) = connections.join_next() => report(ended),
                (io, remote_addr) = self.listener.accept(), if has_room => {
                    self.options.set(&io);
                    tokio::select! {
                        biased;
                        () = &mut started => break,
                        Ok(()) = poll_fn(|cx| self.app.poll_ready(cx)) => {}
                    }
                    let stream = IncomingStream::new(&io, remote_addr);
                    let service = tokio::select! {
                        biased;
                        () = &mut started => break,
                        Ok(service) = self.app.call(stream) => service,
                    };
                    connections.spawn(connection::serve(
                        io,
                        App::new(service, Arc::clone(&served)),
                        Arc::clone(&protocols),
                        Arc::clone(&served),
                    ));
                }
            }
        }
        drop(self.listener);
        let window = served.shutdown.as_ref().map(Shutdown::window);
        drain(connections, &protocols, window.unwrap_or_default()).await;
    }
}

/// Waits for connections to end, until the window ends; then closes those that are left.
async fn drain(mut connections: JoinSet<()>, protocols: &Protocols, window: Duration) {
    let all = async {
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    };
    if tokio::time::timeout(window, all).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "the drain window has ended; connections that are left are closed"
        );
    }
    connections.shutdown().await;
    protocols.close().await;
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("the app panicked; its connection is closed");
    }
}

impl<L, M, S> IntoFuture for Serve<L, M, S>
where
    L: Listener,
    M: for<'a> Service<IncomingStream<'a, L>, Error = Infallible, Response = S> + Send + 'static,
    for<'a> <M as Service<IncomingStream<'a, L>>>::Future: Send,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Output = io::Result<()>;
    type IntoFuture = Serving;

    fn into_future(self) -> Self::IntoFuture {
        Serving(Box::pin(self.run()))
    }
}

impl<L: fmt::Debug, M: fmt::Debug, S> fmt::Debug for Serve<L, M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}

/// A running server: the future of [`Serve`].
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serving(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Future for Serving {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx).map(Ok)
    }
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serving(..)")
    }
}
