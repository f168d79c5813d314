//! What a subscriber holds.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;

use super::SubscribeError;
use super::reader::{Reader, Taken};
use crate::log::{EventLog, MemoryLog};
use crate::wire::EventId;

/// The events of one subscriber, from where it begins: what
/// [`ServerStream::forward`](crate::ServerStream::forward) sends.
///
/// It costs its place in each channel and nothing else: a subscriber that does not read keeps
/// nobody waiting and no memory, as all that it has not read is in the log.
pub struct Subscription<E, L: EventLog = MemoryLog> {
    /// In a box, as it is handed from future to future, and each has a place for it.
    reader: Box<Reader<L>>,
    endpoint: PhantomData<fn() -> E>,
}

impl<E, L: EventLog> Subscription<E, L> {
    pub(super) fn new(reader: Reader<L>) -> Self {
        Self {
            reader: Box::new(reader),
            endpoint: PhantomData,
        }
    }

    /// The next stretch of the stream as it goes over the wire: one or more whole blocks. `None`
    /// when all channels have ended. For consumers other than a stream of a server.
    ///
    /// A log that does not answer is waited for, but for the first time.
    ///
    /// Cancel-safe: what a future that is dropped has read is given to the next.
    ///
    /// # Errors
    ///
    /// [`SubscribeError::Read`] where the log cannot be read, [`SubscribeError::Gone`] where events
    /// are missing and [`on_gap`](super::Subscribe::on_gap) or [`on_lag`](super::Subscribe::on_lag)
    /// said not to go on, [`SubscribeError::Id`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, SubscribeError> {
        loop {
            self.reader.ready().await;
            match self.reader.take().await? {
                Taken::Batch(batch) if batch.wire.is_empty() => {}
                Taken::Batch(batch) => return Ok(Some(batch.wire.into_bytes())),
                Taken::Over => return Ok(None),
                Taken::Behind(gap) => return Err(SubscribeError::Gone(gap)),
            }
        }
    }

    /// The id of the place behind what was taken.
    ///
    /// # Errors
    ///
    /// [`SubscribeError::Id`] where it has become too long.
    pub fn position(&self) -> Result<EventId, SubscribeError> {
        Ok(self.reader.follow.id()?)
    }

    #[cfg(feature = "server")]
    pub(crate) fn into_reader(self) -> Box<Reader<L>> {
        self.reader
    }
}

impl<E, L: EventLog> fmt::Debug for Subscription<E, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("follow", &self.reader.follow)
            .field("asked", &self.reader.asked)
            .finish_non_exhaustive()
    }
}
