//! What a connection is known by when the service for it is made.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::routing::MethodRouter;
use axum::serve::{Listener, TapIo};
use tokio::net::TcpListener;
use tower_service::Service;

/// A connection that was accepted: what the service for it is made from.
///
/// Implement [`Connected`] from it for what
/// [`ConnectInfo`](axum::extract::ConnectInfo) shall hold. For TCP, `SocketAddr` has it.
///
/// ```no_run
/// use axum::{Router, extract::{ConnectInfo, connect_info::Connected}, routing::get};
/// use sse_runtime::serve::IncomingStream;
/// use tokio::net::{UnixListener, unix::UCred};
///
/// #[derive(Clone)]
/// struct Peer(Option<UCred>);
///
/// impl Connected<IncomingStream<'_, UnixListener>> for Peer {
///     fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
///         Self(stream.io().peer_cred().ok())
///     }
/// }
///
/// # async fn run() -> std::io::Result<()> {
/// let app = Router::new().route("/", get(|ConnectInfo(peer): ConnectInfo<Peer>| async move {
///     format!("{:?}", peer.0)
/// }));
/// let listener = UnixListener::bind("/run/streams.sock")?;
/// sse_runtime::serve(listener, app.into_make_service_with_connect_info::<Peer>()).await
/// # }
/// ```
#[derive(Debug)]
pub struct IncomingStream<'a, L: Listener> {
    io: &'a L::Io,
    remote_addr: L::Addr,
}

impl<'a, L: Listener> IncomingStream<'a, L> {
    pub(super) fn new(io: &'a L::Io, remote_addr: L::Addr) -> Self {
        Self { io, remote_addr }
    }

    /// The connection.
    #[must_use]
    pub fn io(&self) -> &L::Io {
        self.io
    }

    /// The address of the client.
    #[must_use]
    pub fn remote_addr(&self) -> &L::Addr {
        &self.remote_addr
    }
}

impl Connected<IncomingStream<'_, TcpListener>> for SocketAddr {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        stream.remote_addr
    }
}

impl<F> Connected<IncomingStream<'_, TapIo<TcpListener, F>>> for SocketAddr
where
    F: FnMut(&mut tokio::net::TcpStream) + Send + 'static,
{
    fn connect_info(stream: IncomingStream<'_, TapIo<TcpListener, F>>) -> Self {
        stream.remote_addr
    }
}

/// The app itself serves every connection.
macro_rules! serves_all {
    ($($app:ty),*) => {$(
        impl<L: Listener> Service<IncomingStream<'_, L>> for $app {
            type Response = Self;
            type Error = Infallible;
            type Future = Ready<Result<Self, Infallible>>;

            fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, _stream: IncomingStream<'_, L>) -> Self::Future {
                // A clone shares its routes. One `with_state` for each connection would copy them all.
                ready(Ok(self.clone()))
            }
        }
    )*};
}

serves_all!(Router, MethodRouter);
