//! What ends a stream from outside: a shutdown, a deadline, and a client that has stopped reading.

use std::future::Future;
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::super::{EndReason, Shutdown};
use super::Driver;

/// A client that takes nothing for this long after the end of its stream is cut. Long, as the buffer
/// of a socket may report nothing for a while though its client reads, and there is no hurry.
const STALLED: Duration = Duration::from_secs(120);

impl Driver {
    /// Looks for what ends a stream from outside. Whether the stream has ended.
    pub(super) fn poll_interruptions(&mut self, cx: &mut Context<'_>) -> bool {
        self.poll_shutdown(cx);
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.goodbye_until) {
            self.live.end(EndReason::Shutdown);
        } else if is_due(self.live.deadline()) {
            self.live.end(EndReason::Deadline);
        }
        self.live.outbox.ended().is_some()
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.live
            .settings
            .shutdown_handle()
            .is_some_and(Shutdown::is_started)
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) {
        let Some(shutdown) = &mut self.shutdown else {
            return;
        };
        if shutdown.as_mut().poll(cx).is_pending() {
            return;
        }
        self.shutdown = None;
        let window = self
            .live
            .settings
            .shutdown_handle()
            .map_or(Duration::ZERO, |shutdown| shutdown.window());
        let goodbye = if self.live.says_goodbye() {
            window / 4 * 3
        } else {
            Duration::ZERO
        };
        let now = Instant::now();
        // A window beyond what the clock can hold is one of no time.
        self.goodbye_until = Some(now.checked_add(goodbye).unwrap_or(now));
        self.cut_at = Some(now.checked_add(window).unwrap_or(now));
    }

    pub(super) fn next_interruption(&self) -> Option<Instant> {
        [self.goodbye_until, self.live.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// When a client that does not read is cut: at the end of a shutdown's window, else when it has
    /// taken nothing for a while.
    pub(super) fn cut_at(&mut self) -> Instant {
        let in_flight = self.live.outbox.in_flight();
        match self.cut_at {
            Some(at) if self.goodbye_until.is_some() || in_flight >= self.in_flight => at,
            _ => {
                self.in_flight = in_flight;
                *self.cut_at.insert(Instant::now() + STALLED)
            }
        }
    }
}
