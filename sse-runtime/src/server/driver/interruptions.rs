//! What ends a stream from outside: a shutdown, and a deadline.

use std::future::Future;
use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;

use super::super::{EndReason, Shutdown};
use super::Course;

impl Course {
    /// Looks for what ends a stream from outside, and ends it.
    pub(super) fn poll_interruptions(&mut self, cx: &mut Context<'_>) {
        self.poll_shutdown(cx);
        let Some(at) = self.next_interruption() else {
            return;
        };
        let now = Instant::now();
        if at > now {
            return;
        }
        let is_goodbye = self.goodbye_until.is_some_and(|until| until <= now);
        self.live.end(match is_goodbye {
            true => EndReason::Shutdown,
            false => EndReason::Deadline,
        });
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
        [self.goodbye_until, self.deadline]
            .into_iter()
            .flatten()
            .min()
    }
}
