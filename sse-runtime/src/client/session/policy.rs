use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ClientError;

/// When a client connects again, and when it gives up.
///
/// A connection that fails or ends is followed by another, after a wait that is drawn at random (*full
/// jitter*), so that many clients who lost the same server do not come back in the same moment:
///
/// | | from | to |
/// |---|---|---|
/// | the server has sent `retry:` | that time | that time, doubled with each attempt in a row |
/// | it has answered `Retry-After` | that time | the same |
/// | neither | the floor | the reconnection time, doubled with each attempt in a row |
///
/// No wait is shorter than the floor or longer than the ceiling, whatever the server says. The attempts
/// are counted from 1 again once an event has come, or a connection has lived for a minute.
///
/// | setting | default |
/// |---|---|
/// | [`reconnection_time`](Self::reconnection_time) | 3 s |
/// | [`floor`](Self::floor) | 100 ms |
/// | [`ceiling`](Self::ceiling) | 60 s |
/// | [`max_attempts`](Self::max_attempts) | none |
/// | [`max_elapsed`](Self::max_elapsed) | none |
/// | [`watchdog`](Self::watchdog) | typed: twice the heartbeat of the endpoint and 5 s; untyped: none |
/// | [`open_timeout`](Self::open_timeout) | 60 s; typed: 30 s more than the endpoint may take to open, if that is longer, and none where it opens with its first event |
/// | [`max_redirects`](Self::max_redirects) | 10 |
///
/// ```
/// use std::time::Duration;
/// use sse_runtime::client::{Client, Policy};
///
/// let policy = Policy::new()
///     .max_elapsed(Duration::from_secs(300))
///     .watchdog(Duration::from_secs(35))
///     .on_retry(|retry| eprintln!("{}; again in {:?}", retry.error(), retry.after()));
/// let client = Client::new().policy(policy);
/// # drop(client);
/// ```
#[derive(Clone)]
pub struct Policy {
    floor: Duration,
    ceiling: Duration,
    reconnection_time: Duration,
    max_attempts: Option<u32>,
    max_elapsed: Option<Duration>,
    pub(super) watchdog: Option<Duration>,
    pub(super) open_timeout: Option<Duration>,
    max_redirects: u32,
    on_retry: Option<OnRetry>,
}

type OnRetry = Arc<dyn Fn(&Retry<'_>) + Send + Sync>;

impl Policy {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            floor: Duration::from_millis(100),
            ceiling: Duration::from_secs(60),
            reconnection_time: Duration::from_secs(3),
            max_attempts: None,
            max_elapsed: None,
            watchdog: None,
            open_timeout: None,
            max_redirects: 10,
            on_retry: None,
        }
    }

    /// The shortest wait, of a millisecond at least: without one, a failure that takes no time, of
    /// [headers](crate::client::Client::headers) say, would repeat itself and let nothing else run.
    #[must_use]
    pub fn floor(self, floor: Duration) -> Self {
        let floor = floor.max(Duration::from_millis(1));
        Self { floor, ..self }
    }

    /// The longest wait. A floor above it counts for both.
    #[must_use]
    pub fn ceiling(self, ceiling: Duration) -> Self {
        Self { ceiling, ..self }
    }

    /// What the wait is drawn from as long as the server has not said `retry:`.
    #[must_use]
    pub fn reconnection_time(self, reconnection_time: Duration) -> Self {
        Self {
            reconnection_time,
            ..self
        }
    }

    /// Gives up after so many attempts in a row, the first one counted. 0 is taken as 1.
    #[must_use]
    pub fn max_attempts(self, attempts: u32) -> Self {
        Self {
            max_attempts: Some(attempts),
            ..self
        }
    }

    /// Gives up where the next attempt in a row would begin later than this after the first, or after
    /// the loss of a stream that worked. With `Duration::ZERO` there is none but the first.
    #[must_use]
    pub fn max_elapsed(self, time: Duration) -> Self {
        Self {
            max_elapsed: Some(time),
            ..self
        }
    }

    /// Takes a stream for dead on which nothing came for so long, not even a heartbeat, and connects
    /// again. `Duration::MAX` switches it off.
    #[must_use]
    pub fn watchdog(self, silence: Duration) -> Self {
        Self {
            watchdog: Some(silence),
            ..self
        }
    }

    /// How long an attempt may take until the head of its answer has come, redirects and
    /// [headers](crate::client::Client::headers) included. `Duration::MAX` switches it off.
    #[must_use]
    pub fn open_timeout(self, time: Duration) -> Self {
        Self {
            open_timeout: Some(time),
            ..self
        }
    }

    /// How many redirects one attempt follows.
    #[must_use]
    pub fn max_redirects(self, redirects: u32) -> Self {
        Self {
            max_redirects: redirects,
            ..self
        }
    }

    /// Calls `f` when the client has lost its connection, or not got one, and will try again. It runs
    /// where the stream is polled: it should be quick.
    #[must_use]
    pub fn on_retry(self, f: impl Fn(&Retry<'_>) + Send + Sync + 'static) -> Self {
        Self {
            on_retry: Some(Arc::new(f)),
            ..self
        }
    }

    pub(crate) fn redirects(&self) -> u32 {
        self.max_redirects
    }

    /// How long to wait after so many attempts in a row, where the server has `advised` a reconnection
    /// time, or `asked` to be left alone for a while.
    pub(super) fn wait(
        &self,
        attempts: u32,
        advised: Option<Duration>,
        asked: Option<Duration>,
        rng: &mut fastrand::Rng,
    ) -> Duration {
        let ceiling = self.ceiling.max(self.floor);
        let clamped = |time: Duration| time.clamp(self.floor, ceiling);
        let doubled = 2_u32.saturating_pow(attempts.max(1));
        // "Wait a delay equal to the reconnection time of the event source. Optionally, wait some more."
        let from = clamped(advised.max(asked).unwrap_or(self.floor));
        let to = clamped(advised.unwrap_or(self.reconnection_time))
            .saturating_mul(doubled)
            .clamp(from, ceiling);
        let spread = u64::try_from((to - from).as_nanos()).unwrap_or(u64::MAX);
        from.saturating_add(Duration::from_nanos(rng.u64(..=spread)))
    }

    /// Whether there is no further attempt after so many in a row, if it would begin so long after the
    /// first.
    pub(super) fn gives_up(&self, attempts: u32, elapsed: Duration) -> bool {
        self.max_attempts
            .is_some_and(|most| attempts >= most.max(1))
            || self.max_elapsed.is_some_and(|longest| elapsed > longest)
    }

    pub(super) fn tell(&self, retry: &Retry<'_>) {
        tracing::debug!(
            attempts = retry.attempts,
            after = ?retry.after,
            error = retry.error as &dyn std::error::Error,
            "connecting again"
        );
        if let Some(on_retry) = &self.on_retry {
            on_retry(retry);
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("floor", &self.floor)
            .field("ceiling", &self.ceiling)
            .field("reconnection_time", &self.reconnection_time)
            .field("max_attempts", &self.max_attempts)
            .field("max_elapsed", &self.max_elapsed)
            .field("watchdog", &self.watchdog)
            .field("open_timeout", &self.open_timeout)
            .field("max_redirects", &self.max_redirects)
            .finish_non_exhaustive()
    }
}

/// A connection was lost, or did not come about, and there will be another attempt.
#[derive(Debug)]
pub struct Retry<'a> {
    attempts: u32,
    after: Duration,
    error: &'a ClientError,
}

impl<'a> Retry<'a> {
    pub(super) fn new(attempts: u32, after: Duration, error: &'a ClientError) -> Self {
        Self {
            attempts,
            after,
            error,
        }
    }

    /// How many attempts in a row have failed; 0 where a stream that worked was lost.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long it is until the next one.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.after
    }

    /// What happened.
    #[must_use]
    pub fn error(&self) -> &'a ClientError {
        self.error
    }
}
