//! How long to wait before the next attempt.

use std::time::Duration;

/// Twice as long each time, up to a bound; and of that a random part, so that the nodes of a fleet do
/// not come back at once.
#[derive(Debug, Default)]
pub(in super::super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(in super::super) fn next(&mut self) -> Duration {
        let bound = Self::FIRST.saturating_mul(1 << self.attempts.min(16));
        self.attempts = self.attempts.saturating_add(1);
        bound.min(Self::LONGEST).mul_f64(fastrand::f64())
    }
}
