//! One connection, from its first byte to its end.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::served::Served;
use super::app::App;
use super::preface::Version;
use super::transport::Transport;

/// What an HTTP/1.1 connection may hold of what it has received or is to send. The head of a request
/// must fit.
const HTTP1_BUFFER: usize = 64 * 1024;
/// What an HTTP/2 stream may hold of what it is to send, besides the frame at hand.
const HTTP2_SEND_BUFFER: usize = 16 * 1024;
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_CONCURRENT_STREAMS: u32 = 200;

/// How HTTP is spoken, on all connections of a server.
pub(super) struct Protocols {
    http1: http1::Builder,
    http2: http2::Builder<Streams>,
    header_read_timeout: Duration,
    streams: Streams,
}

impl Protocols {
    pub(super) fn new(ping: Duration) -> Self {
        let streams = Streams::default();
        // `half_close` stays off: with it hyper would not see a client go until it writes.
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .max_buf_size(HTTP1_BUFFER)
            .max_header_size(HTTP1_BUFFER)
            .header_read_timeout(HEADER_READ_TIMEOUT);
        let mut http2 = http2::Builder::new(streams.clone());
        http2
            .timer(TokioTimer::new())
            .max_send_buf_size(HTTP2_SEND_BUFFER)
            .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
            .enable_connect_protocol();
        let mut protocols = Self {
            http1,
            http2,
            header_read_timeout: HEADER_READ_TIMEOUT,
            streams,
        };
        protocols.ping(ping);
        protocols
    }

    pub(super) fn header_read_timeout(&mut self, timeout: Duration) {
        self.header_read_timeout = timeout;
        self.http1.header_read_timeout(timeout);
    }

    /// Asks an HTTP/2 client this often whether it is there, and waits as long for the answer.
    pub(super) fn ping(&mut self, time: Duration) {
        self.http2
            .keep_alive_interval(time)
            .keep_alive_timeout(time);
    }

    pub(super) fn max_concurrent_streams(&mut self, max: u32) {
        self.http2.max_concurrent_streams(max);
    }

    /// Ends what is left of the streams of connections that are closed.
    pub(super) async fn close(&self) {
        self.streams.cut.cancel();
        self.streams.tasks.close();
        self.streams.tasks.wait().await;
    }
}

/// Runs the requests of HTTP/2 connections, each in a task of its own.
#[derive(Debug, Clone, Default)]
struct Streams {
    tasks: TaskTracker,
    cut: CancellationToken,
}

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, stream: F) {
        let cut = self.cut.clone();
        self.tasks.spawn(async move {
            cut.run_until_cancelled(stream).await;
        });
    }
}

/// Serves a connection until its end.
pub(super) async fn serve<I>(io: I, app: App, protocols: Arc<Protocols>, served: Arc<Served>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut io = Transport::new(io);
    let version = tokio::select! {
        version = tokio::time::timeout(protocols.header_read_timeout, io.version()) => version,
        () = served.shutting_down() => return,
    };
    let result = match version {
        Ok(Ok(Some(Version::Http1))) => {
            let connection = protocols.http1.serve_connection(TokioIo::new(io), app);
            run(pin!(connection.with_upgrades()), &served).await
        }
        Ok(Ok(Some(Version::Http2))) => {
            let connection = protocols.http2.serve_connection(TokioIo::new(io), app);
            run(Box::pin(connection).as_mut(), &served).await
        }
        Ok(Ok(None) | Err(_)) => return,
        Err(_) => {
            tracing::debug!("a connection has sent no request in time and is closed");
            return;
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection has failed");
    }
}

/// A connection that speaks HTTP.
trait Connection: Future<Output = hyper::Result<()>> {
    /// Ends it once the requests that it has begun are answered.
    fn finish(self: Pin<&mut Self>);
}

impl<I> Connection for http1::UpgradeableConnection<I, App>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I> Connection for http2::Connection<I, App, Streams>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

async fn run<C: Connection>(mut connection: Pin<&mut C>, served: &Served) -> hyper::Result<()> {
    tokio::select! {
        result = connection.as_mut() => return result,
        () = served.shutting_down() => connection.as_mut().finish(),
    }
    connection.await
}
