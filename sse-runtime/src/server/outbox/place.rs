//! The side of the senders: each has a place, and waits for room and for its turn.

use std::sync::MutexGuard;
use std::task::{Context, Poll, Waker};

use super::waiters::Ticket;
use super::{Outbox, State, offer, wake};
use crate::server::SendError;
use crate::wire::{EncodeError, Frame};

/// A send's place among those that wait. Given up on drop, so that a send which is cancelled holds
/// nothing up and leaves nothing behind.
#[derive(Debug)]
pub(in crate::server) struct Place<'a> {
    pub(super) outbox: &'a Outbox,
    pub(super) ticket: Option<Ticket>,
}

impl Place<'_> {
    /// Waits for room, then encodes and enqueues in the same poll: a send that is dropped or fails
    /// has sent nothing.
    // Compiled for each type of event: the way of a send that meets no other, and calls for the rest.
    #[inline]
    pub(in crate::server) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        ends: bool,
        encode: impl FnOnce(&mut Frame<'_>) -> Result<(), EncodeError>,
    ) -> Poll<Result<(), SendError>> {
        let mut state = self.outbox.lock();
        if !state.is_free() {
            state = match self.turn(state, cx)? {
                Poll::Ready(state) => state,
                Poll::Pending => return Poll::Pending,
            };
        }
        let sent = state.enqueue(ends, encode);
        let next = if state.waiters.is_empty() {
            None
        } else {
            self.next(&mut state)
        };
        offer(state, next);
        Poll::Ready(sent.map_err(SendError::from))
    }

    /// Waits for a send's turn, where it is not free to go at once.
    #[cold]
    fn turn<'a>(
        &mut self,
        mut state: MutexGuard<'a, State>,
        cx: &mut Context<'_>,
    ) -> Result<Poll<MutexGuard<'a, State>>, SendError> {
        if let Some(reason) = state.end {
            return Err(SendError::Closed { reason });
        }
        if state.has_room() && state.waiters.may_go(self.ticket) {
            return Ok(Poll::Ready(state));
        }
        self.ticket = Some(state.waiters.wait(self.ticket, cx.waker()));
        if state.has_room()
            && let Some(body) = state.body.take()
        {
            // Whoever is ahead may never come back for its turn. The body sees to that before
            // it waits, so it need be woken only where it does.
            drop(state);
            body.wake();
        }
        Ok(Poll::Pending)
    }

    /// Gives the place up, and the turn to the next.
    #[cold]
    fn next(&mut self, state: &mut State) -> Option<Waker> {
        if let Some(ticket) = self.ticket.take() {
            state.waiters.leave(ticket);
        }
        state.next_sender()
    }
}

impl Drop for Place<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.ticket.is_some() {
            let mut state = self.outbox.lock();
            let next = self.next(&mut state);
            wake(state, [next, None]);
        }
    }
}
