//! What waits to be written on one stream, and who waits for it. Not generic, no I/O: senders put
//! whole events in, the body takes bytes out.

mod bounds;
#[cfg(feature = "hub")]
mod delivery;
mod flight;
mod spare;
mod waiters;

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::{EndReason, SendError};
use crate::wire::{EncodeError, EventId, Frame};
pub(super) use bounds::Bounds;
use flight::{Flight, InFlight};
use waiters::{Ticket, Waiters};

/// A larger buffer is handed over in parts of this size.
const FRAME: usize = 64 * 1024;

/// The queue of one stream.
#[derive(Debug)]
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Whether this runs in a task, as connections do. A test that calls a service and collects what
    /// it sends does not, and must not be waited for either.
    in_task: bool,
}

#[derive(Debug, Default)]
struct State {
    /// Whole blocks, encoded, not yet handed to the connection.
    buf: Vec<u8>,
    bounds: Bounds,
    /// What is left of a buffer that is handed over in parts.
    rest: Bytes,
    /// Sends that wait for room.
    waiters: Waiters,
    /// The body, where it waits for something to do.
    body: Option<Waker>,
    /// Whether something has changed that the body has to look at before it waits.
    is_called: bool,
    /// Whether something that the body polls is to be polled again.
    is_woken: bool,
    /// A resume point that no event has carried yet.
    checkpoint: Option<EventId>,
    /// The advice that is written first.
    prelude: Option<Duration>,
    opened: bool,
    end: Option<EndReason>,
    retry_at_end: Option<Duration>,
    in_flight: InFlight,
    /// Whether the body waits for the connection to write, not for the service.
    waits_to_land: bool,
    sent: u64,
    bytes: u64,
}

/// Why the body is polled.
#[derive(Debug)]
pub(super) enum Call {
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
pub(super) enum Taken {
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

/// A send's place among those that wait. Given up on drop, so that a send which is cancelled holds
/// nothing up and leaves nothing behind.
#[derive(Debug)]
pub(super) struct Place<'a> {
    outbox: &'a Outbox,
    ticket: Option<Ticket>,
}

impl Place<'_> {
    /// Waits for room, then encodes and enqueues in the same poll: a send that is dropped or fails
    /// has sent nothing.
    // Compiled for each type of event: the way of a send that meets no other, and calls for the rest.
    #[inline]
    pub(super) fn poll_send(
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

impl Outbox {
    pub(super) fn new(bounds: Bounds, prelude: Option<Duration>, in_task: bool) -> Self {
        Self {
            state: Mutex::new(State {
                bounds,
                prelude,
                ..State::default()
            }),
            in_task,
        }
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete before user code can panic, so a poisoned lock
        // holds nothing broken.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one send, which does not wait yet.
    #[inline]
    pub(super) fn place(&self) -> Place<'_> {
        Place {
            outbox: self,
            ticket: None,
        }
    }

    /// How many bytes may wait.
    #[cfg(feature = "hub")]
    pub(super) fn room(&self) -> usize {
        self.lock().bounds.room
    }

    /// Opens the stream without an event, unless it has ended.
    pub(super) fn open(&self) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.open();
        }
        call_body(state, None);
    }

    /// Opens a stream that has ended before it was opened: it tells its end.
    pub(super) fn open_ended(&self) {
        self.lock().open();
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().opened
    }

    /// Whether the stream has been opened or has ended, or something else is to be looked at; where
    /// not, leaves the waker of who waits for it, as that may happen in another task.
    pub(super) fn poll_begun(&self, cx: &mut Context<'_>) -> bool {
        let mut state = self.lock();
        let has_begun = state.opened || state.end.is_some() || mem::take(&mut state.is_called);
        if !has_begun {
            wait(state, cx);
        }
        has_begun
    }

    /// Makes the body look again.
    pub(super) fn call_body(&self) {
        call_body(self.lock(), None);
    }

    /// Moves the client's resume point with whatever is written next.
    pub(super) fn checkpoint(&self, id: EventId) -> Result<(), SendError> {
        let mut state = self.lock();
        match state.end {
            Some(reason) => Err(SendError::Closed { reason }),
            None => {
                state.checkpoint = Some(id);
                Ok(())
            }
        }
    }

    /// Ends the stream for `reason`, unless it has ended already; returns why it has.
    pub(super) fn end(&self, reason: EndReason, retry: Option<Duration>) -> EndReason {
        let mut state = self.lock();
        let reason = match state.end {
            Some(earlier) => earlier,
            None => {
                state.end = Some(reason);
                state.retry_at_end = retry;
                reason
            }
        };
        let senders = state.waiters.dismiss();
        call_body(state, None);
        senders.into_iter().for_each(Waker::wake);
        reason
    }

    pub(super) fn ended(&self) -> Option<EndReason> {
        self.lock().end
    }

    pub(super) fn sent(&self) -> u64 {
        self.lock().sent
    }

    pub(super) fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Whether something is to be written that only a block of its own can carry.
    pub(super) fn has_checkpoint(&self) -> bool {
        self.lock().checkpoint.is_some()
    }

    /// Writes a block that is not an event of the service: heartbeats, advice, the end.
    pub(super) fn write(&self, block: impl FnOnce(&mut Vec<u8>)) {
        block(&mut self.lock().buf);
    }

    /// Writes the resume point that no event has carried, as a block of its own.
    pub(super) fn write_checkpoint(&self) {
        self.lock().write_checkpoint();
    }

    /// The advice to be given with the end.
    pub(super) fn retry_at_end(&self) -> Option<Duration> {
        self.lock().retry_at_end
    }

    /// Everything is about to be polled and looked at: what happens meanwhile need not wake whoever
    /// does that.
    pub(super) fn driving(&self) {
        let mut state = self.lock();
        state.body = None;
        state.is_called = false;
        state.is_woken = false;
    }

    /// Why the body is polled. `is_settled` where it has left its waker with all that it waits for.
    pub(super) fn call(&self, is_settled: bool, cx: &mut Context<'_>) -> Call {
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
    pub(super) fn take(self: &Arc<Self>, is_serving: bool, cx: &mut Context<'_>) -> Taken {
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
    pub(super) fn has_landed(&self) -> bool {
        self.all_has_landed(&self.lock())
    }

    fn all_has_landed(&self, state: &State) -> bool {
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
    pub(super) fn landed(&self, bytes: usize) {
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

/// Leaves the body's waker. What was woken while the body was at work is for its next poll, so that
/// other tasks run in between.
fn wait(mut state: MutexGuard<'_, State>, cx: &mut Context<'_>) {
    state.body = Some(cx.waker().clone());
    let is_woken = state.is_woken;
    drop(state);
    if is_woken {
        cx.waker().wake_by_ref();
    }
}

/// Makes the body look: where it waits it is woken, where it is at work it looks again.
fn call_body(mut state: MutexGuard<'_, State>, sender: Option<Waker>) {
    state.is_called = true;
    offer(state, sender);
}

/// Wakes the body where it waits. Where it is at work it finds by itself what there is to take.
#[inline]
fn offer(mut state: MutexGuard<'_, State>, sender: Option<Waker>) {
    if state.body.is_some() || sender.is_some() {
        let body = state.body.take();
        wake(state, [body, sender]);
    }
}

/// Without the lock, as a waker may run what it wakes.
#[cold]
fn wake(state: MutexGuard<'_, State>, wakers: [Option<Waker>; 2]) {
    drop(state);
    wakers.into_iter().flatten().for_each(Waker::wake);
}

impl State {
    /// What the next frame will hold of the heap.
    fn next_frame(&self) -> usize {
        match self.rest.len() {
            0 => self.buf.capacity().min(FRAME),
            rest => rest.min(FRAME),
        }
    }

    /// Whether the connection is given no more until it has written some of what it has.
    fn is_full(&self) -> bool {
        let more = self.next_frame();
        self.in_flight.is_full(self.bounds.in_flight, more)
    }

    fn is_empty(&self) -> bool {
        self.buf.is_empty() && self.rest.is_empty()
    }

    #[inline]
    fn has_room(&self) -> bool {
        self.buf.len() < self.bounds.room
    }

    /// Whether a send need not wait, whichever it is.
    #[inline]
    fn is_free(&self) -> bool {
        self.end.is_none() && self.has_room() && self.waiters.is_empty()
    }

    /// Whose turn it is now, where there is room.
    fn next_sender(&mut self) -> Option<Waker> {
        if self.has_room() {
            self.waiters.next()
        } else {
            None
        }
    }

    /// Ends the turns that were given and not taken, now that the body lets other tasks run; whom to
    /// wake. The body itself while somebody waits for a turn, so that there is another round.
    fn next_round(&mut self, cx: &mut Context<'_>) -> [Option<Waker>; 2] {
        self.waiters.next_round();
        let next = self.next_sender();
        let again = self.has_room() && self.waiters.has_next();
        [next, again.then(|| cx.waker().clone())]
    }

    fn write_checkpoint(&mut self) {
        if let Some(id) = self.checkpoint.take() {
            let mut frame = Frame::new(&mut self.buf);
            // An `EventId` is valid by construction.
            if frame.id(id.as_str()).is_ok() {
                frame.finish();
            }
        }
    }

    /// Writes one event, whole or not at all.
    #[inline]
    fn enqueue(
        &mut self,
        ends: bool,
        encode: impl FnOnce(&mut Frame<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if self.buf.capacity() == 0 {
            self.buf = spare::take(self.bounds.capacity);
        }
        let mut frame = Frame::new(&mut self.buf);
        encode(&mut frame)?;
        let has_id = frame.finish().has_id;
        if self.checkpoint.is_some() && has_id {
            self.checkpoint = None;
        }
        self.sent += 1;
        if ends {
            self.end = Some(EndReason::Closed);
            self.is_called = true;
        }
        self.open();
        Ok(())
    }

    #[inline]
    fn open(&mut self) {
        if !self.opened {
            self.open_first();
        }
    }

    #[cold]
    fn open_first(&mut self) {
        self.opened = true;
        if let Some(time) = self.prelude {
            let mut block = Vec::new();
            let mut frame = Frame::new(&mut block);
            frame.retry(time);
            frame.finish();
            self.buf.splice(0..0, block);
        }
    }
}

#[cfg(test)]
mod tests;
