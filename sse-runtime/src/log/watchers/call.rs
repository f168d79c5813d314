//! What is told to watches, and to which of them.

use std::collections::{HashSet, VecDeque};

/// What is told to the watches of a channel, of whatever content a signal is.
#[derive(Debug)]
pub(in super::super) struct Call<S> {
    pub(super) appended: bool,
    pub(super) signals: VecDeque<S>,
    pub(super) to: To,
}

/// Which watches of keys are told; those that watch everything always are.
#[derive(Debug)]
pub(in super::super) enum To {
    /// Those that watch one of these keys.
    Keys(HashSet<Box<str>>),
    /// All of them.
    Everyone,
}

/// Of more keys than that, one call is to everyone.
const MAX_KEYS: usize = 64;

impl To {
    /// Those who watch what was appended.
    pub(in super::super) fn who_wants<'a>(keys: impl Iterator<Item = &'a str>) -> Self {
        Self::Keys(keys.map(Box::from).collect())
    }

    fn and(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Keys(all), Self::Keys(more)) if all.len() + more.len() <= MAX_KEYS => {
                all.extend(more);
            }
            _ => *self = Self::Everyone,
        }
    }
}

impl Default for To {
    fn default() -> Self {
        Self::Keys(HashSet::new())
    }
}

impl<S> Call<S> {
    pub(in super::super) fn appended(to: To) -> Self {
        Self {
            appended: true,
            to,
            ..Self::default()
        }
    }

    pub(in super::super) fn signal(signal: S) -> Self {
        Self {
            signals: VecDeque::from([signal]),
            to: To::Everyone,
            ..Self::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.appended && self.signals.is_empty()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.appended |= other.appended;
        self.to.and(other.to);
        for signal in other.signals {
            push_bounded(&mut self.signals, signal);
        }
    }
}

/// Nothing. (Derived, it would ask that of the signals too.)
impl<S> Default for Call<S> {
    fn default() -> Self {
        Self {
            appended: false,
            signals: VecDeque::new(),
            to: To::default(),
        }
    }
}

/// The signals that wait for one watch, and for one round. At the bound the oldest is lost.
const MAX_SIGNALS: usize = 64;

pub(super) fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == MAX_SIGNALS {
        queue.pop_front();
    }
    queue.push_back(item);
}
