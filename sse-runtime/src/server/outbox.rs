//! What waits to be written on one stream, and who waits for it. Not generic, no I/O: senders put
//! whole events in, the body takes bytes out.

mod flight;
mod spare;

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::{EndReason, SendError};
use crate::wire::{EncodeError, EventId, Frame};
use flight::{Flight, InFlight};

/// A send waits while this many bytes or more are in the buffer. One event more may then stand in
/// it, whatever its size: an event is on the wire whole or not at all.
pub(super) const ROOM: usize = 16 * 1024;
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
    /// What is left of a buffer that is handed over in parts.
    rest: Bytes,
    /// Tasks that wait for room.
    senders: Vec<Waker>,
    /// The body, where it waits for something to write.
    body: Option<Waker>,
    /// A resume point that no event has carried yet.
    checkpoint: Option<EventId>,
    opened: bool,
    end: Option<EndReason>,
    retry_at_end: Option<Duration>,
    in_flight: InFlight,
    /// Whether the body waits for the connection to write, not for the service.
    waits_to_land: bool,
    sent: u64,
    bytes: u64,
}

/// What the body finds when it looks.
#[derive(Debug)]
pub(super) enum Taken {
    /// Bytes for the connection.
    Bytes(Bytes),
    /// There is nothing to write; the body is woken when there is.
    Nothing,
    /// There is something, but the connection has not written what it has; the body is woken then.
    Full,
}

impl Outbox {
    pub(super) fn new(in_task: bool) -> Self {
        Self {
            state: Mutex::default(),
            in_task,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is complete before user code can panic, so a poisoned lock
        // holds nothing broken.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for room, then encodes and enqueues in the same poll: a send that is dropped or fails
    /// has sent nothing.
    pub(super) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        prelude: Option<Duration>,
        ends: bool,
        encode: impl FnOnce(&mut Frame<'_>) -> Result<(), EncodeError>,
    ) -> Poll<Result<(), SendError>> {
        let mut state = self.lock();
        if let Some(reason) = state.end {
            return Poll::Ready(Err(SendError::Closed { reason }));
        }
        if state.buf.len() >= ROOM {
            if !state
                .senders
                .iter()
                .any(|waker| waker.will_wake(cx.waker()))
            {
                state.senders.push(cx.waker().clone());
            }
            return Poll::Pending;
        }
        if state.buf.capacity() == 0 {
            state.buf = spare::take();
        }
        let mut frame = Frame::new(&mut state.buf);
        encode(&mut frame)?;
        if frame.finish().has_id {
            state.checkpoint = None;
        }
        state.sent += 1;
        if ends {
            state.end = Some(EndReason::Closed);
        }
        state.open(prelude);
        wake_body(state);
        Poll::Ready(Ok(()))
    }

    /// Opens the stream without an event, unless it has ended.
    pub(super) fn open(&self, prelude: Option<Duration>) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.open(prelude);
        }
        wake_body(state);
    }

    /// Opens a stream that has ended before it was opened: it tells its end.
    pub(super) fn open_ended(&self, prelude: Option<Duration>) {
        self.lock().open(prelude);
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().opened
    }

    /// Whether the stream has been opened or has ended; where neither, leaves the waker of who
    /// waits for it, as that may happen in another task.
    pub(super) fn poll_begun(&self, cx: &mut Context<'_>) -> bool {
        let mut state = self.lock();
        let has_begun = state.opened || state.end.is_some();
        if !has_begun {
            state.body = Some(cx.waker().clone());
        }
        has_begun
    }

    /// Makes the body look again.
    pub(super) fn wake_body(&self) {
        wake_body(self.lock());
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
        let senders = mem::take(&mut state.senders);
        wake_body(state);
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
        let mut state = self.lock();
        if let Some(id) = state.checkpoint.take() {
            let mut frame = Frame::new(&mut state.buf);
            // An `EventId` is valid by construction.
            if frame.id(id.as_str()).is_ok() {
                frame.finish();
            }
        }
    }

    /// The advice to be given with the end.
    pub(super) fn retry_at_end(&self) -> Option<Duration> {
        self.lock().retry_at_end
    }

    /// The body is about to run the service: what is sent meanwhile need not wake it.
    pub(super) fn driving(&self) {
        self.lock().body = None;
    }

    /// Takes what there is to write, or leaves the body's waker.
    pub(super) fn take(self: &Arc<Self>, cx: &mut Context<'_>) -> Taken {
        let mut state = self.lock();
        if state.buf.is_empty() && state.rest.is_empty() {
            state.body = Some(cx.waker().clone());
            state.waits_to_land = state.end.is_some();
            return Taken::Nothing;
        }
        if self.waits_for_flights(&state) && state.in_flight.is_full() {
            state.body = Some(cx.waker().clone());
            state.waits_to_land = true;
            return Taken::Full;
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
        let senders = mem::take(&mut state.senders);
        drop(state);
        // Senders that run in the body's own task are polled with it.
        senders
            .into_iter()
            .filter(|waker| !waker.will_wake(cx.waker()))
            .for_each(Waker::wake);
        Taken::Bytes(flight.into_bytes())
    }

    /// The bytes that the connection has and has not written, where it is known to say so.
    pub(super) fn in_flight(&self) -> usize {
        let state = self.lock();
        if self.waits_for_flights(&state) {
            state.in_flight.bytes
        } else {
            0
        }
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
        if state.waits_to_land {
            wake_body(state);
        }
    }
}

/// Wakes the body where it waits; without the lock, as a waker may run what it wakes.
fn wake_body(mut state: MutexGuard<'_, State>) {
    let body = state.body.take();
    drop(state);
    if let Some(body) = body {
        body.wake();
    }
}

impl State {
    fn open(&mut self, prelude: Option<Duration>) {
        if !mem::replace(&mut self.opened, true)
            && let Some(time) = prelude
        {
            let mut block = Vec::new();
            let mut frame = Frame::new(&mut block);
            frame.retry(time);
            frame.finish();
            self.buf.splice(0..0, block);
        }
    }
}
