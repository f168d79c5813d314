use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long streams may take to end unless [`Shutdown::drain`] says otherwise.
const DRAIN: Duration = Duration::from_secs(10);

/// Ends all streams of the servers that know it, so that a graceful shutdown returns.
///
/// Once it [`start`](Self::start)s, new streams are turned away, each service that looks out for it
/// ([`Context::shutting_down`](super::Context::shutting_down)) has until three quarters of the drain
/// window to say goodbye, all others end at once, and every client is told when to come back. A
/// client that has stopped reading is cut when the window ends.
///
/// [`serve`](super::serve()) (feature `serve`) closes what is left at the end of the window and
/// returns, and needs no [`Settings`](super::Settings) for that. `axum::serve` waits for every
/// connection, also for one that has sent half a request and no more, without end; race it against a
/// timer where that must not be. On HTTP/2, and behind a layer that copies or compresses bodies, it
/// also waits for a client that has stopped reading.
///
/// ```no_run
/// # use sse_runtime::{Settings, Shutdown};
/// # async fn serve(app: axum::Router, listener: tokio::net::TcpListener) -> std::io::Result<()> {
/// let shutdown = Shutdown::new();
/// // let app = NotificationsServer::new(service).settings(Settings::new().shutdown(&shutdown)).into_router();
/// let signal = shutdown.clone();
/// tokio::spawn(async move {
///     if tokio::signal::ctrl_c().await.is_ok() {
///         signal.start();
///     }
/// });
/// axum::serve(listener, app).with_graceful_shutdown(shutdown.started()).await
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Shutdown {
    token: CancellationToken,
    drain: Duration,
}

impl Shutdown {
    /// A shutdown that has not started, with a drain window of 10 seconds.
    #[must_use]
    pub fn new() -> Self {
        Self::from(CancellationToken::new())
    }

    /// A shutdown that starts when this process is asked to end: on Ctrl-C, and on Unix on `SIGTERM`,
    /// which service managers and containers send.
    ///
    /// From here on the signals do nothing else.
    ///
    /// # Errors
    /// Where the signals cannot be listened to.
    ///
    /// # Panics
    /// Outside of a tokio runtime that has I/O enabled.
    #[cfg(feature = "serve")]
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::new();
        #[cfg(unix)]
        let (mut interrupt, mut terminate) = {
            use tokio::signal::unix::{SignalKind, signal};
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            )
        };
        #[cfg(windows)]
        let (mut interrupt, mut terminate) = {
            use tokio::signal::windows::{ctrl_c, ctrl_shutdown};
            (ctrl_c()?, ctrl_shutdown()?)
        };
        let signal = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            signal.start();
        });
        Ok(shutdown)
    }

    /// Sets the drain window: the time in which all streams end.
    #[must_use]
    pub fn drain(mut self, window: Duration) -> Self {
        self.drain = window;
        self
    }

    /// Starts it. Further calls do nothing.
    pub fn start(&self) {
        self.token.cancel();
    }

    /// Whether it has started.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until it starts: what `axum::serve(..).with_graceful_shutdown(..)` takes.
    pub fn started(&self) -> impl Future<Output = ()> + Send + 'static {
        self.token.clone().cancelled_owned()
    }

    pub(super) fn window(&self) -> Duration {
        self.drain
    }

    pub(super) fn token(&self) -> &CancellationToken {
        &self.token
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

/// A shutdown that starts when this token is cancelled.
impl From<CancellationToken> for Shutdown {
    fn from(token: CancellationToken) -> Self {
        Self {
            token,
            drain: DRAIN,
        }
    }
}
