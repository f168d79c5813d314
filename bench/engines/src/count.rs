//! A number that grows, and can be waited for.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Count {
    number: AtomicU64,
    /// What is waited for: so nobody is woken for less.
    wanted: AtomicU64,
    is_reached: Notify,
}

impl Count {
    pub(crate) fn new() -> Self {
        Self {
            number: AtomicU64::new(0),
            wanted: AtomicU64::new(u64::MAX),
            is_reached: Notify::new(),
        }
    }

    pub(crate) fn add(&self, more: u64) {
        // In one order with what is waited for: one of the two sees the other.
        let number = self.number.fetch_add(more, Ordering::SeqCst) + more;
        if number >= self.wanted.load(Ordering::SeqCst) {
            self.is_reached.notify_one();
        }
    }

    pub(crate) fn get(&self) -> u64 {
        self.number.load(Ordering::SeqCst)
    }

    /// Waits until there are so many. One at a time waits.
    pub(crate) async fn reaches(&self, wanted: u64) {
        self.wanted.store(wanted, Ordering::SeqCst);
        while self.get() < wanted {
            self.is_reached.notified().await;
        }
    }
}
