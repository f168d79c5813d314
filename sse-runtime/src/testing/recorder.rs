use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(feature = "hub")]
use super::Event;
use crate::server::{EndReason, SendError, ServerStream};
use crate::wire::EventId;
#[cfg(feature = "hub")]
use crate::{
    describe::Endpoint,
    hub::Subscription,
    log::EventLog,
    wire::{Decoder, Item},
};

/// Keeps what a service sends, in the place of a stream: for tests that call a method by itself.
///
/// Nothing waits, nothing is encoded. Clones are the same recorder.
///
/// ```
/// use sse_runtime::testing::Recorder;
/// use sse_runtime::{SendError, server_sent_events};
///
/// #[server_sent_events]
/// trait Numbers {
///     async fn count(&self, stream: impl CountServerStream<u32>) -> Result<(), SendError>;
/// }
///
/// struct From1;
/// impl Numbers for From1 {
///     async fn count(&self, stream: impl CountServerStream<u32>) -> Result<(), SendError> {
///         for n in 1.. {
///             stream.send(n).await?;
///         }
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // A client that goes after three events.
/// let stream = Recorder::closed_after(3);
/// let ended = From1.count(stream.clone()).await;
/// assert!(matches!(ended, Err(SendError::Closed { .. })));
/// assert_eq!(stream.take_events(), [1, 2, 3]);
/// # }
/// ```
pub struct Recorder<T> {
    record: Arc<Mutex<Record<T>>>,
}

struct Record<T> {
    sent: Vec<Sent<T>>,
    /// How many more may be sent.
    room: usize,
    ended: Option<EndReason>,
}

/// What a [`Recorder`] has recorded, one thing after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent<T> {
    /// An event.
    Event(T),
    /// An event that a hub delivers, which was encoded when it was published.
    #[cfg(feature = "hub")]
    Forwarded(Event),
    /// A resume point without an event.
    Checkpoint(EventId),
    /// The stream was ended for good.
    Closed,
}

/// More than a test sends on purpose, and little enough that a service which sends without end is
/// soon told to stop.
const ROOM: usize = 10_000;

impl<T> Recorder<T> {
    /// A recorder with room for 10 000 events and checkpoints; then it is closed, as if the client
    /// had gone.
    #[must_use]
    pub fn new() -> Self {
        Self::closed_after(ROOM)
    }

    /// A recorder that is closed after so many events and checkpoints, as if the client had gone.
    #[must_use]
    pub fn closed_after(room: usize) -> Self {
        let record = Record {
            sent: Vec::new(),
            room,
            ended: None,
        };
        Self {
            record: Arc::new(Mutex::new(record)),
        }
    }

    /// Takes all that was sent since it was last taken.
    #[must_use]
    pub fn take(&self) -> Vec<Sent<T>> {
        std::mem::take(&mut self.lock().sent)
    }

    /// As [`take`](Self::take), and of that the events of the service itself.
    #[must_use]
    pub fn take_events(&self) -> Vec<T> {
        let events = self.take().into_iter().filter_map(|sent| match sent {
            Sent::Event(event) => Some(event),
            _ => None,
        });
        events.collect()
    }

    fn lock(&self) -> MutexGuard<'_, Record<T>> {
        // Each change is one push, so a poisoned lock holds nothing broken.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, sent: Sent<T>) -> Result<(), SendError> {
        let mut record = self.lock();
        if record.room == 0 {
            record.ended.get_or_insert(EndReason::Disconnected);
        }
        if let Some(reason) = record.ended {
            return Err(SendError::Closed { reason });
        }
        record.room -= 1;
        record.sent.push(sent);
        Ok(())
    }
}

impl<T: Send + 'static> ServerStream<T> for Recorder<T> {
    async fn send(&self, event: T) -> Result<(), SendError> {
        self.record(Sent::Event(event))
    }

    async fn close(&self) -> Result<(), SendError> {
        let mut record = self.lock();
        match record.ended {
            None => {
                record.ended = Some(EndReason::Closed);
                record.sent.push(Sent::Closed);
                Ok(())
            }
            Some(EndReason::Closed) => Ok(()),
            Some(reason) => Err(SendError::Closed { reason }),
        }
    }

    #[cfg(feature = "hub")]
    async fn forward<E, L>(&self, mut events: Subscription<E, L>) -> Result<(), SendError>
    where
        E: Endpoint<T>,
        L: EventLog,
    {
        let mut decoder = Decoder::new();
        while let Some(bytes) = events.next().await? {
            decoder.push(bytes);
            // What a hub publishes is within the limits of a decoder.
            while let Ok(Some(item)) = decoder.next_item() {
                if let Item::Message(message) = item {
                    self.record(Sent::Forwarded(Event::of(&message)))?;
                }
            }
        }
        Ok(())
    }

    fn checkpoint(&self, id: EventId) -> Result<(), SendError> {
        self.record(Sent::Checkpoint(id))
    }
}

impl<T> Clone for Recorder<T> {
    fn clone(&self) -> Self {
        Self {
            record: Arc::clone(&self.record),
        }
    }
}

impl<T> Default for Recorder<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Recorder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.lock();
        f.debug_struct("Recorder")
            .field("sent", &record.sent.len())
            .field("room", &record.room)
            .field("ended", &record.ended)
            .finish()
    }
}
