//! Who subscribes to what, in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::log::{ChannelName, Channels};

/// Counts the subscribers of each channel that has one.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<HashMap<ChannelName, usize>>);

impl Seats {
    pub(super) fn of(&self, channel: &ChannelName) -> usize {
        self.lock().get(channel).copied().unwrap_or(0)
    }

    pub(super) fn take(self: &Arc<Self>, channels: &Channels) -> Seat {
        let mut counts = self.lock();
        for channel in channels.iter() {
            *counts.entry(channel.clone()).or_default() += 1;
        }
        Seat {
            channels: channels.clone(),
            seats: Arc::clone(self),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelName, usize>> {
        // Counts are whole between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One subscriber, until it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    channels: Channels,
    seats: Arc<Seats>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.seats.lock();
        for channel in self.channels.iter() {
            if let Some(count) = counts.get_mut(channel) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(channel);
                }
            }
        }
        // What visitors came in great numbers for need not be kept for them.
        if counts.capacity() > 64 && counts.len() < counts.capacity() / 4 {
            counts.shrink_to_fit();
        }
    }
}
