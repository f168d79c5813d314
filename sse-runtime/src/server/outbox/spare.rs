//! Buffers to encode into: used ones, so that a steady stream allocates none and an idle one owns none.

use std::cell::RefCell;

/// How many buffers a thread keeps for its streams, and how large one of them may be: at most
/// 512 KiB a thread.
const SPARES: usize = 8;
const SPARE_CAPACITY: usize = 64 * 1024;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer to encode into: of `capacity`, where it is a new one.
pub(super) fn take(capacity: usize) -> Vec<u8> {
    let spare = SPARE.try_with(|spare| {
        spare
            .try_borrow_mut()
            .ok()
            .and_then(|mut spare| spare.pop())
    });
    spare
        .ok()
        .flatten()
        .unwrap_or_else(|| Vec::with_capacity(capacity))
}

/// Keeps a buffer for the next stream of this thread.
pub(super) fn give_back(mut buf: Vec<u8>) {
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
