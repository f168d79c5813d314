//! Bytes on their way from the outbox to the socket, and the buffers that come back.
//!
//! A connection drops a frame when it has written it. That is the only word of it that a body gets,
//! so a frame carries its outbox along and reports there.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;

use super::outbox::Outbox;

/// How many buffers a thread keeps for its streams, and how large one of them may be: at most
/// 512 KiB a thread.
const SPARES: usize = 8;
const SPARE_CAPACITY: usize = 64 * 1024;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer to encode into: a used one of this thread, so that a steady stream allocates none and
/// an idle one owns none.
pub(super) fn spare_buffer() -> Vec<u8> {
    let spare = SPARE.try_with(|spare| {
        spare
            .try_borrow_mut()
            .ok()
            .and_then(|mut spare| spare.pop())
    });
    spare
        .ok()
        .flatten()
        .unwrap_or_else(|| Vec::with_capacity(512))
}

fn give_back(mut buf: Vec<u8>) {
    if buf.capacity() == 0 || buf.capacity() > SPARE_CAPACITY {
        return;
    }
    buf.clear();
    // While its thread is being torn down there is nothing to keep a buffer for.
    let _ = SPARE.try_with(|spare| {
        if let Ok(mut spare) = spare.try_borrow_mut()
            && spare.len() < SPARES
        {
            spare.push(buf);
        }
    });
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
            give_back(mem::take(bytes));
        }
    }
}
