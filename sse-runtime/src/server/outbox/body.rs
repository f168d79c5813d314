//! The side of the body: why it is polled, what it takes, and what the connection has of it.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use bytes::Bytes;

use super::flight::Flight;
use super::{FRAME, Outbox, State, call_body, offer, wait};

/// Why the body is polled.
#[derive(Debug)]
pub(in crate::server) enum Call {
    /// For nothing of the stream's: it goes on waiting.
    Nothing,
    /// Others have sent, or the connection has written: there are bytes to take.
    Bytes,
    /// Something that it polls is to be polled again.
    Woken,
    /// Something has changed that it has to look at.
    Changed,
}

/// What the body finds when it looks.
#[derive(Debug)]
pub(in crate::server) enum Taken {
    /// Bytes for the connection.
    Bytes(Bytes),
    /// Something has changed since the body began to look.
    Again,
    /// The stream has ended: what comes last is to be written.
    End,
    /// There is nothing to write; the body is woken when there is.
    Nothing,
    /// There is something, but the connection has not written what it has; the body is woken then.
    Full,
}

impl Outbox {
    /// Everything is about to be polled and looked at: what happens meanwhile need not wake whoever
    /// does that.
    pub(in crate::server) fn driving(&self) {
        let mut state = self.lock();
        state.body = None;
        state.is_called = false;
        state.is_woken = false;
    }

    /// Why the body is polled. `is_settled` where it has left its waker with all that it waits for.
    pub(in crate::server) fn call(&self, is_settled: bool, cx: &mut Context<'_>) -> Call {
        let mut state = self.lock();
        let is_called = mem::take(&mut state.is_called) || !is_settled;
        let is_woken = mem::take(&mut state.is_woken);
        // Turns of waiting senders end only where the body looks for what there is to take.
        if !is_called && !is_woken && state.is_empty() && state.waiters.is_empty() {
            match &mut state.body {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            return Call::Nothing;
        }
        // What is sent from here on is found, and need not wake the body.
        state.body = None;
        match (is_called, is_woken) {
            (true, _) => Call::Changed,
            (false, true) => Call::Woken,
            (false, false) => Call::Bytes,
        }
    }

    /// Takes what there is to write, or leaves the body's waker. `is_serving` where the end was not
    /// written yet.
    pub(in crate::server) fn take(
        self: &Arc<Self>,
        is_serving: bool,
        cx: &mut Context<'_>,
    ) -> Taken {
        let mut state = self.lock();
        if is_serving && state.end.is_some() {
            return Taken::End;
        }
        let is_empty = state.is_empty();
        if !is_empty && self.hesitates(&mut state) {
            drop(state);
            cx.waker().wake_by_ref();
            return Taken::Full;
        }
        if is_empty || (self.waits_for_flights(&state) && state.is_full()) {
            // Looked at under the lock that takes the waker: nothing can come in between.
            if mem::take(&mut state.is_called) {
                return Taken::Again;
            }
            state.waits_to_land |= !is_empty || state.end.is_some();
            let next = state.next_round(cx);
            wait(state, cx);
            next.into_iter().flatten().for_each(Waker::wake);
            return if is_empty {
                Taken::Nothing
            } else {
                Taken::Full
            };
        }
        if state.rest.is_empty() {
            // It costs no write of its own, and events without an id may go on for ever.
            state.write_checkpoint();
        }
        if state.rest.is_empty() && state.buf.len() > FRAME {
            state.rest = Bytes::from(mem::take(&mut state.buf));
        }
        let flight = if state.rest.is_empty() {
            Flight::whole(mem::take(&mut state.buf), self)
        } else {
            let part = state.rest.len().min(FRAME);
            Flight::part(state.rest.split_to(part), self)
        };
        state.in_flight.bytes += flight.held();
        state.in_flight.frames += 1;
        state.bytes += flight.len() as u64;
        let next = state.next_sender();
        drop(state);
        next.into_iter().for_each(Waker::wake);
        Taken::Bytes(flight.into_bytes())
    }

    /// Whether the connection has written what it was given, but for the last of it: some consumers,
    /// compression for one, keep a frame until they are given another, or the end.
    pub(in crate::server) fn has_landed(&self) -> bool {
        self.all_has_landed(&self.lock())
    }

    pub(super) fn all_has_landed(&self, state: &State) -> bool {
        !self.waits_for_flights(state) || state.in_flight.frames <= 1
    }

    /// Before it is known whether frames are reported when they are written, each waits a moment for
    /// the one before, and no longer. On a connection that is enough to know.
    fn hesitates(&self, state: &mut State) -> bool {
        let in_flight = &mut state.in_flight;
        let is_unsure = self.in_task && !in_flight.seen_to_land && in_flight.frames > 0;
        in_flight.has_hesitated = is_unsure && !in_flight.has_hesitated;
        in_flight.has_hesitated
    }

    fn waits_for_flights(&self, state: &State) -> bool {
        self.in_task && state.in_flight.seen_to_land
    }

    /// A frame has been written, or given up, by the connection.
    pub(in crate::server) fn landed(&self, bytes: usize) {
        let mut state = self.lock();
        state.in_flight.bytes = state.in_flight.bytes.saturating_sub(bytes);
        state.in_flight.frames = state.in_flight.frames.saturating_sub(1);
        state.in_flight.seen_to_land = true;
        if mem::take(&mut state.waits_to_land) {
            let next = state.next_sender();
            call_body(state, next);
        }
    }
}

/// What the body polls on behalf of the stream wakes it by way of the outbox, so that a body which is
/// polled for another reason, as when its connection reads or writes, runs none of it.
impl Wake for Outbox {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.lock();
        state.is_woken = true;
        offer(state, None);
    }
}
