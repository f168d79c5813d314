//! From the request to the answer: the service runs in the handler until its stream is opened.

use std::task::{Context, Poll};

use axum::response::IntoResponse;
use http::StatusCode;
use tokio::time::Instant;

use super::super::EndReason;
use super::super::outcome::Finish;
use super::{Course, Opening};
use crate::problem::Problem;

impl Course {
    /// Runs the service until it is known what the answer is.
    /// What is polled is given `own`.
    pub(super) fn poll_opening(
        &mut self,
        own: &mut Context<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Opening> {
        let _entered = self.enter_span();
        let open_at = self
            .open_after
            .and_then(|delay| self.live.started.checked_add(delay));
        loop {
            self.live.outbox.driving();
            self.deadline = self.live.deadline();
            if let Some(answer) = self
                .poll_service(own)
                .and_then(|finish| self.answer(finish))
            {
                return Poll::Ready(answer);
            }
            if self.live.outbox.is_open() {
                return Poll::Ready(Opening::Stream);
            }
            match self.live.outbox.ended() {
                Some(EndReason::Closed) => {
                    return Poll::Ready(Opening::NoContent);
                }
                Some(EndReason::Shutdown | EndReason::Deadline) => {
                    return Poll::Ready(Opening::TurnAway);
                }
                Some(_) => {
                    self.live.outbox.open_ended();
                    return Poll::Ready(Opening::Stream);
                }
                None => {}
            }
            self.poll_interruptions(own);
            if self.live.outbox.poll_begun(cx) {
                continue;
            }
            let Some(at) = [open_at, self.next_interruption()]
                .into_iter()
                .flatten()
                .min()
            else {
                return Poll::Pending;
            };
            match self.alarm.poll(at, own) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) if open_at.is_some_and(|open_at| open_at <= Instant::now()) => {
                    self.live.open()
                }
                Poll::Ready(()) => {}
            }
        }
    }

    /// The answer of a service that has finished before its stream was opened. Where it has sent
    /// something, or nothing is left to say, the stream tells how it ended.
    fn answer(&mut self, finish: Finish) -> Option<Opening> {
        let outbox = &self.live.outbox;
        let (reason, response) = match finish {
            finish if outbox.is_open() || outbox.ended().is_some() => {
                self.conclude(finish);
                return None;
            }
            Finish::Done => {
                self.conclude(Finish::Done);
                return None;
            }
            Finish::Answer(response) => (EndReason::Returned, response),
            Finish::Failed(response) => (EndReason::Failed, response),
            Finish::Panicked => {
                let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR);
                (EndReason::Panicked, problem.into_response())
            }
        };
        self.live.end(reason);
        Some(Opening::Answer(response))
    }
}
