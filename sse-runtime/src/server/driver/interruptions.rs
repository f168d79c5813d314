//! What ends a stream from outside: a shutdown, and a deadline.

use std::future::Future;
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::super::{EndReason, Shutdown};
use super::Driver;

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

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) {
        let Some(shutdown) = &mut self.shutdown else {
            return;
        };
        if shutdown.as_mut().poll(cx).is_pending() {
            return;
        }
        self.shutdown = None;
        self.is_settled = false;
        let window = self.live.shutdown.as_ref().map(Shutdown::window);
        let window = window.unwrap_or_default();
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
}
