//! What the watchers are made of; a test puts a model checker's in the place of these.

pub(super) use std::sync::atomic::{AtomicU64, Ordering};
pub(super) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
pub(super) use std::thread::ThreadId;

pub(super) fn this_thread() -> ThreadId {
    std::thread::current().id()
}
