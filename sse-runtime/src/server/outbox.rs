//! What waits to be written on one stream, and who waits for it. Not generic, no I/O: senders put
//! whole events in, the body takes bytes out.

mod body;
mod bounds;
#[cfg(feature = "hub")]
mod delivery;
mod flight;
mod place;
mod spare;
mod waiters;

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::{EndReason, SendError};
use crate::wire::{EncodeError, EventId, Frame};
pub(super) use body::{Call, Taken};
pub(super) use bounds::Bounds;
use flight::InFlight;
pub(super) use place::Place;
use waiters::Waiters;

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
