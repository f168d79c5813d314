//! One request's stream: the state that the service's [`Context`](super::Context) and
//! [`LiveStream`](super::LiveStream) share with the response that drives it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, mem};

use http::HeaderMap;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::outbox::Outbox;
use super::served::Served;
use super::settings::Settings;
use super::{End, EndReason, SendError, Shutdown};
use crate::describe::{Descriptor, Verb};
use crate::wire::EventId;

pub(super) struct Live {
    pub(super) descriptor: &'static Descriptor,
    pub(super) settings: Arc<Settings>,
    /// What ends all streams: of the settings, else of the server.
    pub(super) shutdown: Option<Shutdown>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) cancelled: CancellationToken,
    pub(super) started: Instant,
    /// Whether the service looks out for a shutdown, and so is given time to say goodbye.
    pub(super) says_goodbye: AtomicBool,
    /// Whether the service has sent all that there will ever be.
    is_complete: AtomicBool,
    lifetime: Mutex<Lifetime>,
}

/// What [`Context::on_end`](super::Context::on_end) was given.
type Callback = Box<dyn FnOnce(&End) + Send>;

#[derive(Default)]
struct Lifetime {
    deadline: Option<Instant>,
    headers: HeaderMap,
    held: Vec<Box<dyn Any + Send>>,
    on_end: Vec<Callback>,
    end: Option<End>,
}

impl Live {
    pub(super) fn new(
        descriptor: &'static Descriptor,
        settings: Arc<Settings>,
        served: Served,
    ) -> Arc<Self> {
        Arc::new(Self {
            descriptor,
            shutdown: settings.shutdown_handle().cloned().or(served.shutdown),
            outbox: Arc::new(Outbox::new(
                served.bounds,
                descriptor.initial_retry(),
                tokio::task::try_id().is_some(),
            )),
            cancelled: CancellationToken::new(),
            started: Instant::now(),
            says_goodbye: AtomicBool::new(false),
            is_complete: AtomicBool::new(false),
            lifetime: Mutex::new(Lifetime {
                deadline: settings.deadline(),
                ..Lifetime::default()
            }),
            settings,
        })
    }

    fn lifetime(&self) -> MutexGuard<'_, Lifetime> {
        self.lifetime.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self) {
        self.outbox.open();
    }

    pub(super) fn checkpoint(&self, id: EventId) -> Result<(), SendError> {
        self.outbox.checkpoint(id)
    }

    /// Ends the stream; returns why it has ended, which may be an earlier reason.
    pub(super) fn end(&self, reason: EndReason) -> EndReason {
        let retry = match reason {
            // No client comes back to a POST by itself, and some take a block of advice for an event.
            EndReason::Shutdown | EndReason::Deadline if self.is_resumable() => {
                Some(self.settings.jittered_retry())
            }
            _ => None,
        };
        self.outbox.end(reason, retry)
    }

    /// Whether clients come back by themselves, with the id of the last event.
    pub(super) fn is_resumable(&self) -> bool {
        self.descriptor.verb() == Verb::Get
    }

    pub(super) fn reconnect(&self, after: Duration) {
        self.outbox.end(EndReason::Reconnect, Some(after));
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lifetime().deadline
    }

    pub(super) fn set_deadline(&self, deadline: Instant) {
        let mut lifetime = self.lifetime();
        if lifetime.deadline.is_none_or(|earlier| deadline < earlier) {
            lifetime.deadline = Some(deadline);
        }
        drop(lifetime);
        self.outbox.call_body();
    }

    pub(super) fn headers(&self, change: impl FnOnce(&mut HeaderMap)) {
        change(&mut self.lifetime().headers);
    }

    pub(super) fn take_headers(&self) -> HeaderMap {
        mem::take(&mut self.lifetime().headers)
    }

    /// Keeps `guard` until the stream has ended; drops it now where it has.
    pub(super) fn hold(&self, guard: Box<dyn Any + Send>) {
        let mut lifetime = self.lifetime();
        if lifetime.end.is_none() {
            lifetime.held.push(guard);
        }
    }

    pub(super) fn on_end(&self, call: Callback) {
        let mut lifetime = self.lifetime();
        match lifetime.end {
            None => lifetime.on_end.push(call),
            Some(end) => {
                drop(lifetime);
                run(call, &end);
            }
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Relaxed)
    }

    #[cfg(feature = "hub")]
    pub(super) fn set_complete(&self) {
        self.is_complete.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.shutdown.as_ref().is_some_and(Shutdown::is_started)
    }

    pub(super) fn says_goodbye(&self) -> bool {
        self.says_goodbye.load(Ordering::Relaxed)
    }

    /// The stream is over, for `reason` unless there was one before: cancels what still runs for it,
    /// tells those who asked to be told, in the order in which they asked, and lets go of what was
    /// held. `None` where all that has been done.
    pub(super) fn finish(&self, reason: EndReason) -> Option<End> {
        let reason = self.end(reason);
        self.cancelled.cancel();
        let mut lifetime = self.lifetime();
        if lifetime.end.is_some() {
            return None;
        }
        let end = End {
            reason,
            sent: self.outbox.sent(),
            bytes: self.outbox.bytes(),
            duration: self.started.elapsed(),
        };
        lifetime.end = Some(end);
        let calls = mem::take(&mut lifetime.on_end);
        let held = mem::take(&mut lifetime.held);
        drop(lifetime);
        calls.into_iter().for_each(|call| run(call, &end));
        for guard in held {
            contained("a guard given to `Context::hold`", || drop(guard));
        }
        Some(end)
    }
}

fn run(call: Callback, end: &End) {
    contained("a callback given to `Context::on_end`", || call(end));
}

/// Runs code of the user's in a place where a panic would take more than this stream with it, as
/// where a connection is dropped.
pub(super) fn contained(what: &str, code: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(code)).is_err() {
        tracing::error!("{what} panicked");
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field(
                "endpoint",
                &format_args!("{}", self.descriptor.endpoint_name()),
            )
            .field("ended", &self.outbox.ended())
            .finish_non_exhaustive()
    }
}
