//! What is written besides the events of the service: heartbeats, errors, the end.

use http::StatusCode;

use super::super::EndReason;
use super::super::explain::{Explanation, explain_status};
use super::super::outcome::Finish;
use super::{Course, Stage};
use crate::describe::{Descriptor, Done, NameRole};
use crate::names::END_OF_STREAM;
use crate::wire::{Frame, KEEP_ALIVE};

impl Course {
    /// The service has finished: finds out how the stream ends.
    pub(super) fn conclude(&mut self, finish: Finish) {
        let (reason, explanation) = match finish {
            // What it says last is a goodbye: its clients shall come back, also where the stream is
            // one that ends for good.
            Finish::Done if self.live.is_shutting_down() => (EndReason::Shutdown, None),
            Finish::Done
                if self.live.descriptor.completion() == Done::Never && !self.live.is_complete() =>
            {
                (EndReason::Returned, None)
            }
            Finish::Done => (EndReason::Closed, None),
            Finish::Answer(_) => {
                tracing::warn!(
                    "a service answered with a response after its stream was opened; it is not sent"
                );
                (EndReason::Returned, None)
            }
            Finish::Failed(response) => (EndReason::Failed, Some(Ok(response))),
            Finish::Panicked => (
                EndReason::Panicked,
                Some(Err(StatusCode::INTERNAL_SERVER_ERROR)),
            ),
        };
        // An error of a service whose stream has ended otherwise is no news to its client.
        let is_news = self.live.outbox.ended().is_none();
        self.live.end(reason);
        match explanation.filter(|_| is_news) {
            Some(Ok(response)) => self.stage = Stage::Explaining(Explanation::of(response)),
            Some(Err(status)) => {
                self.tell(&explain_status(status));
                self.tail();
            }
            None => self.tail(),
        }
    }

    /// Writes the in-band error event.
    pub(super) fn tell(&self, explanation: &str) {
        if let Some(name) = self.live.descriptor.error_event_name() {
            self.write_event(name, explanation);
        }
    }

    /// Writes an event that is not the service's.
    fn write_event(&self, name: &str, data: &str) {
        self.live.outbox.write(|buf| {
            let mut frame = Frame::new(buf);
            if frame.event(name).is_ok() {
                frame.data(data);
                frame.finish();
            }
        });
    }

    /// Writes what comes after the last event, and lets go of the service.
    pub(super) fn tail(&mut self) {
        // The context is cancelled before the future is dropped.
        self.live.cancelled.cancel();
        self.enter(Stage::Draining);
        let outbox = &self.live.outbox;
        let descriptor = self.live.descriptor;
        let is_resumable = self.live.is_resumable();
        let is_for_good = outbox.ended() == Some(EndReason::Closed);
        if !(is_for_good && is_resumable) {
            outbox.write_checkpoint();
        }
        let retry = outbox.retry_at_end();
        outbox.write(|buf| {
            let mut frame = Frame::new(buf);
            if is_for_good {
                if is_resumable && frame.id(END_OF_STREAM).is_err() {
                    return;
                }
                if let Done::Text(text) = descriptor.completion() {
                    frame.data(text);
                }
            }
            if let Some(retry) = retry {
                frame.retry(retry);
            }
            frame.finish();
        });
    }

    pub(super) fn heartbeat(&mut self) {
        let outbox = &self.live.outbox;
        // A resume point that no event has carried keeps a connection alive as well.
        if outbox.has_checkpoint() {
            return outbox.write_checkpoint();
        }
        match self.live.descriptor.ping_event_name() {
            None => outbox.write(|buf| buf.extend_from_slice(KEEP_ALIVE)),
            Some(name) => self.write_event(name, &ping(name, self.live.descriptor)),
        }
    }
}

/// The data of a heartbeat that is an event: an object, which has the tag where all data have it.
fn ping(name: &str, descriptor: &Descriptor) -> String {
    match descriptor.name_role() {
        NameRole::Tagged(tag) => serde_json::json!({ tag: name }).to_string(),
        _ => "{}".to_owned(),
    }
}
