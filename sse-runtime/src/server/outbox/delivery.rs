//! What a hub delivers: stretches of a log, already encoded, on their way through the outbox.

use std::task::{Context, Poll};

use super::{Outbox, Place, offer};
use crate::hub::Batch;
use crate::server::SendError;
use crate::wire::{EventId, Frame};

impl Place<'_> {
    /// Waits until nothing waits to be written: what a subscriber has not taken is better left in
    /// the log. `landed` waits also until the connection has written all that it was given, so that
    /// what comes next is not out of date before it is on its way.
    pub(in crate::server) fn poll_empty(
        &mut self,
        cx: &mut Context<'_>,
        landed: bool,
    ) -> Poll<Result<(), SendError>> {
        let mut state = self.outbox.lock();
        if let Some(reason) = state.end {
            return Poll::Ready(Err(SendError::Closed { reason }));
        }
        let is_landing = landed && !self.outbox.all_has_landed(&state);
        if is_landing || !state.is_empty() || !state.waiters.may_go(self.ticket) {
            self.ticket = Some(state.waiters.wait(self.ticket, cx.waker()));
            state.waits_to_land |= is_landing;
            return Poll::Pending;
        }
        if let Some(ticket) = self.ticket.take() {
            state.waiters.leave(ticket);
        }
        Poll::Ready(Ok(()))
    }
}

impl Outbox {
    /// Enqueues a stretch of a log, and opens the stream. `prime` is where the stream begins, for a
    /// client that loses its connection before it has got anything.
    pub(in crate::server) fn deliver(
        &self,
        prime: Option<&EventId>,
        batch: Batch,
    ) -> Result<(), SendError> {
        let mut state = self.lock();
        if let Some(reason) = state.end {
            return Err(SendError::Closed { reason });
        }
        state.open();
        if let Some(id) = prime.filter(|_| !batch.has_id) {
            let mut frame = Frame::new(&mut state.buf);
            // An `EventId` is valid by construction.
            if frame.id(id.as_str()).is_ok() {
                frame.finish();
            }
        }
        if batch.has_id {
            state.checkpoint = None;
        }
        if batch.checkpoint.is_some() {
            state.checkpoint = batch.checkpoint;
        }
        let wire = batch.wire;
        if state.is_empty() {
            state.rest = wire.shared;
        } else {
            state.buf.extend_from_slice(&wire.shared);
        }
        if state.buf.is_empty() {
            state.buf = wire.own;
        } else {
            state.buf.extend_from_slice(&wire.own);
        }
        state.sent += batch.events;
        offer(state, None);
        Ok(())
    }
}
