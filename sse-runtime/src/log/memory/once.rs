//! Appends that have a key: which of them were done.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::super::IdempotencyKey;
use super::bounds::Moment;

/// The numbers that records of a channel were given: those after `before` up to `last`.
#[derive(Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) before: u64,
    pub(super) last: u64,
    /// Earlier, under the same key.
    pub(super) is_repeated: bool,
}

impl Written {
    pub(super) fn new(before: u64, last: u64) -> Self {
        Self {
            before,
            last,
            is_repeated: false,
        }
    }
}

/// What the newest keys of a channel wrote.
#[derive(Default)]
pub(super) struct Once {
    /// By their keys, the numbers before and of the last record that was written with each.
    written: HashMap<Arc<str>, (u64, u64)>,
    /// Oldest first, each key once.
    order: VecDeque<(Moment, Arc<str>)>,
}

impl Once {
    pub(super) fn written(&self, key: IdempotencyKey<'_>) -> Option<Written> {
        let (before, last) = *self.written.get(key.as_str())?;
        Some(Written {
            before,
            last,
            is_repeated: true,
        })
    }

    /// Remembers a key that it does not know, and of more than `most` not the oldest.
    pub(super) fn remember(
        &mut self,
        key: IdempotencyKey<'_>,
        written: Written,
        now: Moment,
        most: usize,
    ) {
        let numbers = (written.before, written.last);
        let key: Arc<str> = key.as_str().into();
        self.written.insert(Arc::clone(&key), numbers);
        self.order.push_back((now, key));
        if self.order.len() > most {
            self.forget_oldest();
        }
    }

    /// Forgets what is older than the window. Returns whether anything is left.
    pub(super) fn expire(&mut self, now: Moment, window: Duration) -> bool {
        while let Some((at, _)) = self.order.front()
            && now.saturating_sub(*at) >= window
        {
            self.forget_oldest();
        }
        !self.order.is_empty()
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.written.remove(&key);
        }
    }
}
