//! How long a test waits for what may never come.

use std::time::Duration;

use super::Client;

const ON_A_RUNNING_CLOCK: Duration = Duration::from_secs(5);

/// It passes as soon as nothing else can happen. Within it come 240 heartbeats of the default
/// interval, and nothing that a test would want to wait for comes later.
const ON_A_PAUSED_CLOCK: Duration = Duration::from_secs(3600);

pub(super) fn of(client: &Client) -> Duration {
    client.patience_is().unwrap_or_else(|| match is_paused() {
        true => ON_A_PAUSED_CLOCK,
        false => ON_A_RUNNING_CLOCK,
    })
}

/// Whether tokio's clock is paused. It does not say so, but then it stands still while that of the
/// machine goes on.
fn is_paused() -> bool {
    let (before, started) = (tokio::time::Instant::now(), std::time::Instant::now());
    while std::time::Instant::now() == started {
        std::hint::spin_loop();
    }
    tokio::time::Instant::now() == before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_is_known_by_standing_still() {
        assert!(is_paused());
        tokio::time::resume();
        assert!(!is_paused());
        tokio::time::pause();
        assert!(is_paused());
    }
}
