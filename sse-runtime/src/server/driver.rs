//! Drives one service from its first poll to the last byte of its response: in the handler until
//! the stream is opened, then in the body. No task, no channel, no timer per event.

use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use tokio::time::Instant;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tracing::Span;
use tracing::span::EnteredSpan;

mod ending;
mod interruptions;
mod opening;

use super::EndReason;
use super::alarm::Alarm;
use super::explain::Explanation;
use super::limits::Permit;
use super::live::{Live, contained};
use super::outbox::{Call, Taken};
use super::outcome::Finish;
use crate::metrics;

/// A service method, as far as the driver is concerned.
pub(super) type Service = Pin<Box<dyn Future<Output = Finish> + Send>>;

/// What a request is answered with.
pub(super) enum Opening {
    /// A stream.
    Stream,
    /// Something else, in place of one.
    Answer(Response),
    /// Nothing, and the client shall stay away.
    NoContent,
    /// The server has no place for it now.
    TurnAway,
}

/// A client that has stopped reading, cut at its end.
#[derive(Debug)]
pub(super) struct Cut;

/// The response of one request.
pub(super) struct Driver {
    course: Course,
    /// Wakes by way of the outbox: what all that is polled in the course of a stream is given.
    waker: Waker,
}

/// What becomes of a stream, in the hands of its [`Driver`].
struct Course {
    live: Arc<Live>,
    stage: Stage,
    alarm: Alarm,
    last_write: Instant,
    /// When to open a stream whose service has sent nothing yet.
    open_after: Option<Duration>,
    /// Until the shutdown has been seen to start.
    shutdown: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    /// When the stream ends, as far as is known since something changed.
    deadline: Option<Instant>,
    /// When a service that says goodbye must have done so.
    goodbye_until: Option<Instant>,
    /// When a shutdown cuts a client that does not read.
    cut_at: Option<Instant>,
    permit: Option<Permit>,
    metrics: metrics::Stream,
    span: Span,
    /// Whether all that a serving stream waits for has the driver's waker.
    is_settled: bool,
}

enum Stage {
    /// The service runs.
    Serving(Service),
    /// It has failed; what it failed with is being read.
    Explaining(Explanation),
    /// All is written; the connection takes what is left.
    Draining,
    Over,
}

impl Driver {
    pub(super) fn new(
        live: Arc<Live>,
        service: Service,
        open_after: Option<Duration>,
        permit: Permit,
        metrics: metrics::Stream,
        span: Span,
    ) -> Self {
        let now = Instant::now();
        let shutdown = live.shutdown.as_ref();
        let shutdown =
            shutdown.map(|shutdown| Box::pin(shutdown.token().clone().cancelled_owned()));
        let waker = Waker::from(Arc::clone(&live.outbox));
        let course = Course {
            live,
            stage: Stage::Serving(service),
            alarm: Alarm::default(),
            last_write: now,
            open_after,
            shutdown,
            deadline: None,
            goodbye_until: None,
            cut_at: None,
            permit: Some(permit),
            metrics,
            span,
            is_settled: false,
        };
        Self { course, waker }
    }

    pub(super) fn live(&self) -> &Live {
        &self.course.live
    }

    /// The answer is a stream.
    pub(super) fn opened(&mut self) {
        self.course.metrics.opened();
    }

    /// Runs the service until it is known what the answer is.
    pub(super) fn poll_opening(&mut self, cx: &mut Context<'_>) -> Poll<Opening> {
        let own = &mut Context::from_waker(&self.waker);
        self.course.poll_opening(own, cx)
    }

    /// The next bytes of the response.
    #[inline]
    pub(super) fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        let Self { course, waker } = self;
        let is_settled = course.is_settled && matches!(course.stage, Stage::Serving(_));
        match course.live.outbox.call(is_settled, cx) {
            Call::Nothing => Poll::Pending,
            call => course.poll_bytes(call, &mut Context::from_waker(waker), cx),
        }
    }
}

impl Course {
    /// The next bytes of the response, where there may be some.
    fn poll_bytes(
        &mut self,
        mut call: Call,
        own: &mut Context<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Cut>>> {
        let _entered = self.enter_span();
        if matches!(call, Call::Changed) {
            self.is_settled = false;
            self.deadline = self.live.deadline();
        }
        loop {
            match &mut self.stage {
                // What is polled here has nothing new.
                Stage::Serving(_) if matches!(call, Call::Bytes) => {}
                Stage::Serving(_) => match self.poll_service(own) {
                    Some(finish) => self.conclude(finish),
                    None => self.poll_interruptions(own),
                },
                Stage::Explaining(explanation) => {
                    if let Poll::Ready(explanation) = explanation.poll(own) {
                        self.tell(&explanation);
                        self.tail();
                    }
                    self.poll_shutdown(own);
                }
                Stage::Draining => self.poll_shutdown(own),
                Stage::Over => return Poll::Ready(None),
            }
            call = Call::Changed;
            let is_serving = matches!(self.stage, Stage::Serving(_));
            let is_full = match self.live.outbox.take(is_serving, cx) {
                Taken::Bytes(bytes) => {
                    self.last_write = Instant::now();
                    self.is_settled &= !self.alarm.has_rung(self.last_write);
                    self.metrics.wrote(bytes.len(), || self.live.outbox.sent());
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Taken::Again => {
                    self.deadline = self.live.deadline();
                    continue;
                }
                Taken::End => {
                    self.tail();
                    continue;
                }
                Taken::Nothing => false,
                Taken::Full => true,
            };
            // Only a body that has not ended can fail: while a shutdown is on, the end is held back for
            // as long as it might have to cut its client.
            let may_end = self.cut_at.is_none() || self.live.outbox.has_landed();
            if matches!(self.stage, Stage::Draining) && !is_full && may_end {
                self.finish();
                return Poll::Ready(None);
            }
            self.metrics.waits(is_full);
            if self.is_waiting(is_full, own)? {
                // There is no heartbeat while the connection does not write.
                self.is_settled = !is_full;
                return Poll::Pending;
            }
        }
    }

    /// Waits with the one alarm for whatever comes next; `false` where something has come.
    fn is_waiting(&mut self, is_full: bool, cx: &mut Context<'_>) -> Result<bool, Cut> {
        let heartbeat = match self.stage {
            Stage::Serving(_) if !is_full => self.live.descriptor.keep_alive_interval(),
            _ => None,
        };
        let heartbeat = heartbeat.and_then(|interval| self.last_write.checked_add(interval));
        let next = match self.stage {
            Stage::Serving(_) => self.next_interruption(),
            _ => self.cut_at,
        };
        let Some(at) = [heartbeat, next].into_iter().flatten().min() else {
            return Ok(true);
        };
        if self.alarm.poll(at, cx).is_pending() {
            return Ok(true);
        }
        let now = Instant::now();
        if matches!(self.stage, Stage::Serving(_)) {
            if heartbeat.is_some_and(|at| at <= now) {
                self.heartbeat();
            }
        } else if self.cut_at.is_some_and(|at| at <= now) {
            self.finish();
            return Err(Cut);
        }
        Ok(false)
    }

    /// The span, where anybody listens: its handle is not for nothing.
    fn enter_span(&self) -> Option<EnteredSpan> {
        (!self.span.is_disabled()).then(|| self.span.clone().entered())
    }

    /// Polls the service once. `None` where it is still at work.
    fn poll_service(&mut self, cx: &mut Context<'_>) -> Option<Finish> {
        let Stage::Serving(service) = &mut self.stage else {
            return None;
        };
        match catch_unwind(AssertUnwindSafe(|| service.as_mut().poll(cx))) {
            Ok(Poll::Pending) => None,
            Ok(Poll::Ready(finish)) => Some(finish),
            Err(panic) => {
                tracing::error!(
                    message = panic_text(&*panic),
                    "a service panicked; its stream ends"
                );
                Some(Finish::Panicked)
            }
        }
    }

    /// Leaves a stage for another. What a service leaves to be dropped is its own code, and must not
    /// take the end of its stream along.
    fn enter(&mut self, stage: Stage) {
        let left = mem::replace(&mut self.stage, stage);
        contained("a value that a service left to be dropped", || drop(left));
    }

    /// The response is over, one way or another.
    fn finish(&mut self) {
        if matches!(self.stage, Stage::Over) {
            return;
        }
        // A disconnect cancels the context, then drops the future.
        self.live.end(EndReason::Disconnected);
        self.live.cancelled.cancel();
        self.enter(Stage::Over);
        self.permit = None;
        if let Some(end) = self.live.finish(EndReason::Disconnected) {
            self.metrics.ended(&end);
            let reason = end.reason.as_str();
            self.span
                .record("sent", end.sent)
                .record("bytes", end.bytes)
                .record("close_reason", reason);
            let _entered = self.span.enter();
            tracing::debug!(sent = end.sent, bytes = end.bytes, reason, "stream ended");
        }
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        self.finish();
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "not a text",
    }
}
