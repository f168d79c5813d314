use std::ops::RangeInclusive;
use std::time::Duration;

use http::request::Parts;
use tokio::time::Instant;

use super::Shutdown;
use super::limits::{KeyOf, Limits};

/// When clients that are sent away come back: spread, so that they do not all come at once.
const RETRY: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5);

/// What one server does beside what its attribute says: shutdown, limits, lifetimes.
///
/// ```
/// use std::time::Duration;
/// use sse_runtime::{Settings, Shutdown};
///
/// let shutdown = Shutdown::new();
/// let settings = Settings::new()
///     .shutdown(&shutdown)
///     .max_streams(10_000)
///     .max_lifetime(Duration::from_secs(3600));
/// # drop(settings);
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    shutdown: Option<Shutdown>,
    max_lifetime: Option<Duration>,
    retry: RangeInclusive<Duration>,
    limits: Limits,
}

impl Settings {
    /// No shutdown, no limits, no maximum lifetime.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shutdown: None,
            max_lifetime: None,
            retry: RETRY,
            limits: Limits::default(),
        }
    }

    /// Ends the streams of this server when `shutdown` starts.
    #[must_use]
    pub fn shutdown(mut self, shutdown: &Shutdown) -> Self {
        self.shutdown = Some(shutdown.clone());
        self
    }

    /// Ends each stream after this time, less a random tenth of it; its client comes back and
    /// resumes. Spreads connections over the machines of a growing cluster, and bounds how long an
    /// old token is good for.
    #[must_use]
    pub fn max_lifetime(mut self, time: Duration) -> Self {
        self.max_lifetime = Some(time);
        self
    }

    /// The range from which the `retry:` advice to clients that are sent away is drawn, each its
    /// own. One to five seconds unless set; an empty range counts as its start.
    #[must_use]
    pub fn reconnect_after(mut self, range: RangeInclusive<Duration>) -> Self {
        self.retry = range;
        self
    }

    /// At most this many open streams for each endpoint of the server; more are turned away.
    #[must_use]
    pub fn max_streams(mut self, max: usize) -> Self {
        self.limits = self.limits.total(max);
        self
    }

    /// At most this many open streams for each endpoint and key, for example one user or address.
    /// Requests for which `key` returns `None` are not limited.
    #[must_use]
    pub fn max_streams_per_key<F>(mut self, max: usize, key: F) -> Self
    where
        F: Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    {
        self.limits = self.limits.per_key(max, KeyOf::new(key));
        self
    }

    pub(super) fn shutdown_handle(&self) -> Option<&Shutdown> {
        self.shutdown.as_ref()
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// When a stream that starts now has reached its maximum lifetime.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let lifetime = self.max_lifetime?;
        // A lifetime beyond what the clock can hold is none.
        Instant::now().checked_add(lifetime.mul_f64(1.0 - 0.1 * fastrand::f64()))
    }

    /// The advice for one client that is sent away.
    pub(super) fn jittered_retry(&self) -> Duration {
        let (low, high) = (*self.retry.start(), *self.retry.end());
        low.saturating_add(high.saturating_sub(low).mul_f64(fastrand::f64()))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}
