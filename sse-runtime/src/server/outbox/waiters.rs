//! Who waits for room, in the order in which they came.
//!
//! A send may not pass one that has waited for longer, or a service that sends in a loop would starve
//! its spawned clones: its own task runs again before any that was woken. But a send that is never
//! polled again, as one that a `select!` has set aside, must not hold up the others for ever. So a
//! waiter that is woken has its turn, and where it has not taken it until the body has been polled
//! anew, those behind it may go.

use std::collections::VecDeque;
use std::task::Waker;

#[derive(Debug, Default)]
pub(super) struct Waiters {
    queue: VecDeque<Waiter>,
    next_ticket: u64,
    /// How many of the first in the queue have been woken. Nobody is woken before those ahead.
    woken: usize,
    /// Counts the times that the body had nothing to do and let other tasks run.
    round: u64,
}

/// The place of one send in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    waker: Waker,
    /// The round in which it was woken.
    turn: Option<u64>,
}

impl Waiters {
    /// Whether nobody ahead has a turn to take or to come.
    pub(super) fn may_go(&self, ticket: Option<Ticket>) -> bool {
        let ahead = ticket.map_or(self.queue.len(), |ticket| self.position(ticket));
        // They are woken in order: where the last one ahead has missed its turn, all have.
        match ahead.checked_sub(1).and_then(|last| self.queue.get(last)) {
            None => true,
            Some(last) => last.turn.is_some_and(|turn| turn < self.round),
        }
    }

    /// Takes a place at the end of the queue, or keeps the one it has.
    pub(super) fn wait(&mut self, ticket: Option<Ticket>, waker: &Waker) -> Ticket {
        if let Some(ticket) = ticket {
            let position = self.position(ticket);
            if let Some(waiter) = self
                .queue
                .get_mut(position)
                .filter(|waiter| waiter.ticket == ticket)
            {
                waiter.waker.clone_from(waker);
                // It had its turn and found no room: it and those behind it are given another.
                while self.woken > position {
                    self.woken -= 1;
                    if let Some(waiter) = self.queue.get_mut(self.woken) {
                        waiter.turn = None;
                    }
                }
                return ticket;
            }
        }
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.queue.push_back(Waiter {
            ticket,
            waker: waker.clone(),
            turn: None,
        });
        ticket
    }

    /// Gives a place up.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        let position = self.position(ticket);
        if self
            .queue
            .get(position)
            .is_some_and(|waiter| waiter.ticket == ticket)
        {
            self.queue.remove(position);
            if position < self.woken {
                self.woken -= 1;
            }
        }
    }

    /// Gives the next one its turn.
    #[must_use]
    pub(super) fn next(&mut self) -> Option<Waker> {
        let waiter = self.queue.get_mut(self.woken)?;
        waiter.turn = Some(self.round);
        self.woken += 1;
        Some(waiter.waker.clone())
    }

    /// Whether somebody waits who has not been woken.
    pub(super) fn has_next(&self) -> bool {
        self.woken < self.queue.len()
    }

    /// The body has let other tasks run: turns that were given before are over.
    pub(super) fn next_round(&mut self) {
        self.round += 1;
    }

    /// Wakes everybody, as the stream has ended.
    #[must_use]
    pub(super) fn dismiss(&mut self) -> Vec<Waker> {
        self.woken = 0;
        self.queue.drain(..).map(|waiter| waiter.waker).collect()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn position(&self, ticket: Ticket) -> usize {
        self.queue.partition_point(|waiter| waiter.ticket < ticket)
    }
}
