//! From a hub into a stream.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use http::{HeaderName, HeaderValue};
use tokio_util::sync::CancellationToken;

use super::live::Live;
use super::{EndReason, SendError};
use crate::hub::{Reader, Taken};
use crate::log::EventLog;
use crate::wire::EventId;

/// Sends what a subscription gives until its channels have ended, or the stream has.
pub(super) async fn forward<L: EventLog>(
    live: &Live,
    mut events: Box<Reader<L>>,
) -> Result<(), SendError> {
    if !live.is_resumable() {
        // No client resumes a POST, and some take a block without data for an event.
        events.is_read_once();
    }
    let conflates = events.conflates();
    let mut over = Over {
        token: &live.cancelled,
        cancelled: pin!(live.cancelled.cancelled()),
        waker: None,
    };
    loop {
        either(events.ready(), &mut over).await;
        let mut place = live.outbox.place();
        poll_fn(|cx| place.poll_empty(cx, conflates)).await?;
        match events.take().await? {
            Taken::Batch(batch) => {
                let beginning = events.take_beginning();
                if beginning.is_some() {
                    // But for the first time: what a client missed leaves with the head, in one write.
                    events.reads_for(live.outbox.room());
                }
                let beginning = beginning.filter(|_| live.is_resumable());
                if let Some(id) = &beginning {
                    live.begins_after(id);
                }
                live.outbox.deliver(beginning.as_ref(), batch)?;
            }
            Taken::Over => {
                live.set_complete();
                return Ok(());
            }
            Taken::Behind(_) => {
                let reason = live.fell_behind();
                return Err(SendError::Closed { reason });
            }
        }
    }
}

/// Waits for something to take, or for the end of the stream.
async fn either(ready: impl Future<Output = ()>, over: &mut Over<'_, impl Future<Output = ()>>) {
    let mut ready = pin!(ready);
    poll_fn(|cx| match ready.as_mut().poll(cx) {
        Poll::Pending => over.poll(cx),
        ready => ready,
    })
    .await;
}

/// The end of a stream, with which a task of its own is not dropped as a service is.
struct Over<'a, F> {
    token: &'a CancellationToken,
    cancelled: Pin<&'a mut F>,
    /// What it wakes. Left there once, as there is an end once and there are many events.
    waker: Option<Waker>,
}

impl<F: Future<Output = ()>> Over<'_, F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let is_left = self
            .waker
            .as_ref()
            .is_some_and(|it| it.will_wake(cx.waker()));
        if is_left && !self.token.is_cancelled() {
            return Poll::Pending;
        }
        self.waker = Some(cx.waker().clone());
        self.cancelled.as_mut().poll(cx)
    }
}

/// In a response it tells from where the stream begins: whether that is where the client was.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl Live {
    /// Says from where the stream begins, where it has not been opened yet.
    fn begins_after(&self, id: &EventId) {
        // An id may be what no header can carry; one of a log never is.
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            self.headers(|headers| {
                headers.entry(LAST_EVENT_ID).or_insert(value);
            });
        }
    }

    /// Ends the stream for now, so that its client resumes it.
    fn fell_behind(&self) -> EndReason {
        self.outbox
            .end(EndReason::Reconnect, Some(self.settings.jittered_retry()))
    }
}
