//! Connections that were lost, or not had, and are tried again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the client tells of them, from wherever it runs.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    times: AtomicU64,
    last: Mutex<Option<String>>,
}

impl Trouble {
    /// Takes note of one.
    pub(crate) fn add(&self, why: String) {
        self.times.fetch_add(1, Ordering::Relaxed);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// How many there were.
    pub(crate) fn times(&self) -> u64 {
        self.times.load(Ordering::Relaxed)
    }

    /// Why the last one was.
    pub(crate) fn last(&self) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }
}
