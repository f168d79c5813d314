//! Bytes on their way from the outbox to the socket.
//!
//! A connection drops a frame when it has written it. That is the only word of it that a body gets,
//! so a frame carries its outbox along and reports there.

use std::mem;
use std::sync::Arc;

use bytes::Bytes;

use super::{Outbox, spare};

/// How many frames may be on their way, however small.
const IN_FLIGHT_FRAMES: usize = 8;

/// What the connection has and has not written.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    pub(super) bytes: usize,
    pub(super) frames: usize,
    /// Whether frames are known to be dropped as they are written. A consumer that keeps them, such
    /// as one that collects the whole body, must never be waited for.
    pub(super) seen_to_land: bool,
    /// Whether the connection has been given a moment to write what it has.
    pub(super) has_hesitated: bool,
}

impl InFlight {
    /// Whether there is no place for `more` bytes where `max` may be on their way. For one frame, however large, there always is.
    pub(super) fn is_full(&self, max: usize, more: usize) -> bool {
        self.frames >= IN_FLIGHT_FRAMES
            || (self.frames > 0 && self.bytes.saturating_add(more) > max)
    }
}

/// One frame of the body until the connection drops it.
pub(super) struct Flight {
    bytes: Cargo,
    outbox: Arc<Outbox>,
}

enum Cargo {
    Whole(Vec<u8>),
    Part(Bytes),
}

impl Flight {
    pub(super) fn whole(bytes: Vec<u8>, outbox: &Arc<Outbox>) -> Self {
        Self {
            bytes: Cargo::Whole(bytes),
            outbox: Arc::clone(outbox),
        }
    }

    pub(super) fn part(bytes: Bytes, outbox: &Arc<Outbox>) -> Self {
        Self {
            bytes: Cargo::Part(bytes),
            outbox: Arc::clone(outbox),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.as_ref().len()
    }

    /// What it holds of the heap, which may be more than it carries.
    pub(super) fn held(&self) -> usize {
        match &self.bytes {
            Cargo::Whole(bytes) => bytes.capacity(),
            Cargo::Part(bytes) => bytes.len(),
        }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Flight {
    fn as_ref(&self) -> &[u8] {
        match &self.bytes {
            Cargo::Whole(bytes) => bytes,
            Cargo::Part(bytes) => bytes,
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.outbox.landed(self.held());
        if let Cargo::Whole(bytes) = &mut self.bytes {
            spare::give_back(mem::take(bytes));
        }
    }
}
