//! Counts the bytes that are alive on the heap.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that are allocated and not freed.
pub(crate) fn live() -> isize {
    let counted = HEAP.stats();
    // Both are of one process, and far from the end of an `isize`.
    counted.bytes_allocated as isize - counted.bytes_deallocated as isize
}
