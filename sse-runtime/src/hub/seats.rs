//! Who subscribes to what, in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::log::{ChannelName, Channels};

/// Counts subscriptions.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    /// Of each channel that has one.
    of: HashMap<ChannelName, usize>,
}

impl Seats {
    pub(super) fn all(&self) -> usize {
        self.lock().all
    }

    pub(super) fn of(&self, channel: &ChannelName) -> usize {
        self.lock().of.get(channel).copied().unwrap_or(0)
    }

    pub(super) fn take(self: &Arc<Self>, channels: &Channels) -> Seat {
        let mut counts = self.lock();
        counts.all += 1;
        for channel in channels.iter() {
            *counts.of.entry(channel.clone()).or_default() += 1;
        }
        Seat {
            channels: channels.clone(),
            seats: Arc::clone(self),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        // Counts are whole between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One subscription, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    channels: Channels,
    seats: Arc<Seats>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.seats.lock();
        counts.all -= 1;
        let of = &mut counts.of;
        for channel in self.channels.iter() {
            if let Some(count) = of.get_mut(channel) {
                *count -= 1;
                if *count == 0 {
                    of.remove(channel);
                }
            }
        }
        // What visitors came in great numbers for need not be kept for them.
        if of.capacity() > 64 && of.len() < of.capacity() / 4 {
            of.shrink_to_fit();
        }
    }
}
