//! How long to wait before the next attempt.

use std::time::Duration;

/// A random part of a time that doubles with each attempt up to a bound ("full jitter"), so that the
/// nodes of a fleet do not come at once to an engine that has just started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    shortest: Duration,
    longest: Duration,
    attempts: u32,
}

impl Backoff {
    /// The first wait is less than `shortest`, none is more than `longest`.
    pub(crate) const fn new(shortest: Duration, longest: Duration) -> Self {
        Self {
            shortest,
            longest,
            attempts: 0,
        }
    }

    /// The wait before the next attempt.
    pub(crate) fn next(&mut self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.attempts);
        let bound = self.shortest.saturating_mul(doubled).min(self.longest);
        self.attempts = self.attempts.saturating_add(1);
        bound.mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO_A_SECOND: Backoff =
        Backoff::new(Duration::from_millis(100), Duration::from_millis(1_000));

    #[test]
    fn a_wait_is_within_a_bound_that_doubles_up_to_the_longest() {
        for _ in 0..1_000 {
            let mut backoff = TO_A_SECOND;
            for bound in [100, 200, 400, 800, 1_000, 1_000] {
                let wait = backoff.next();
                assert!(wait < Duration::from_millis(bound), "{wait:?} of {bound}");
            }
        }
    }

    #[test]
    fn waits_are_spread_over_all_that_they_may_be() {
        let first = |_| {
            let mut backoff = TO_A_SECOND;
            backoff.next()
        };
        let half = TO_A_SECOND.shortest / 2;
        let shorter = (0..1_000).map(first).filter(|wait| *wait < half).count();
        assert!((400..600).contains(&shorter), "{shorter} of 1000");
    }

    #[test]
    fn no_number_of_attempts_is_too_many() {
        let mut backoff = TO_A_SECOND;
        for _ in 0..100 {
            assert!(backoff.next() < Duration::from_secs(1));
        }
    }
}
