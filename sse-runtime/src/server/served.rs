use http::request::Parts;

use super::Shutdown;
use super::outbox::Bounds;

/// What a request brings along from the server of its connection, where that is `serve`; else nothing
/// but defaults.
#[derive(Debug, Clone, Default)]
pub(super) struct Served {
    pub(super) bounds: Bounds,
    /// The shutdown of the server, for streams whose settings have none.
    pub(super) shutdown: Option<Shutdown>,
}

impl Served {
    pub(super) fn of(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_default()
    }

    /// Waits until the server shuts down.
    #[cfg(feature = "serve")]
    pub(super) async fn shutting_down(&self) {
        match &self.shutdown {
            Some(shutdown) => shutdown.token().cancelled().await,
            None => std::future::pending().await,
        }
    }
}
