//! From a hub into a stream.

use std::future::poll_fn;

use http::{HeaderName, HeaderValue};

use super::live::Live;
use super::{EndReason, SendError};
use crate::hub::{Subscription, Taken};
use crate::log::EventLog;
use crate::wire::EventId;

/// Sends what a subscription gives until its channels have ended, or the stream has.
pub(super) async fn forward<E, L: EventLog>(
    live: &Live,
    mut events: Subscription<E, L>,
) -> Result<(), SendError> {
    if !live.is_resumable() {
        // No client resumes a POST, and some take a block without data for an event.
        events.is_read_once();
    }
    let conflates = events.conflates();
    loop {
        events.ready().await;
        let mut place = live.outbox.place();
        poll_fn(|cx| place.poll_empty(cx, conflates)).await?;
        match events.take().await? {
            Taken::Batch(batch) => {
                let beginning = events.take_beginning().filter(|_| live.is_resumable());
                if let Some(id) = &beginning {
                    live.begins_after(id);
                }
                live.outbox.deliver(beginning.as_ref(), batch)?;
            }
            Taken::Over => {
                live.completes();
                return Ok(());
            }
            Taken::Behind(_) => {
                let reason = live.fell_behind();
                return Err(SendError::Closed { reason });
            }
        }
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

    /// All that there was to send is sent, and there will never be more: returning ends the stream
    /// for good. Where there was nothing, now.
    fn completes(&self) {
        self.set_complete();
        if !self.outbox.is_open() {
            self.end(EndReason::Closed);
        }
    }

    /// Ends the stream for now, so that its client resumes it.
    fn fell_behind(&self) -> EndReason {
        self.outbox
            .end(EndReason::Reconnect, Some(self.settings.jittered_retry()))
    }
}
