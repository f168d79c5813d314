use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::driver::Driver;
use super::{ClientError, Position, Received};
use crate::describe::{Decode, Decoded};

/// The events of an endpoint `E`, each a `T`.
///
/// It connects when it is first polled, and again as its [`Policy`](super::Policy) says. Dropping it
/// closes the connection. Dropping what [`next`](Self::next) gives loses nothing.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Events<E, T> {
    source: Source,
    unknown: u64,
    endpoint: PhantomData<fn() -> (E, T)>,
}

enum Source {
    Stream(Box<Driver>),
    /// The request could not be made.
    Failed(Option<ClientError>),
}

impl<E: Decode<T>, T> Events<E, T> {
    pub(super) fn new(driver: Result<Driver, ClientError>) -> Self {
        Self {
            source: match driver {
                Ok(driver) => Source::Stream(Box::new(driver)),
                Err(error) => Source::Failed(Some(error)),
            },
            unknown: 0,
            endpoint: PhantomData,
        }
    }

    /// Goes on where another stream, perhaps of another process, has been, in place of what the
    /// payload says.
    pub fn resume_from(mut self, position: Position) -> Self {
        if let Source::Stream(driver) = &mut self.source {
            driver.resume_from(position);
        }
        self
    }

    /// The next event; `None` when the stream has ended for good.
    ///
    /// # Errors
    ///
    /// [`ClientError`] says of each whether the stream goes on after it.
    pub async fn next(&mut self) -> Option<Result<Received<T>, ClientError>> {
        poll_fn(|cx| self.poll_received(cx)).await
    }

    fn poll_received(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Received<T>, ClientError>>> {
        let driver = match &mut self.source {
            Source::Stream(driver) => driver,
            Source::Failed(error) => return Poll::Ready(error.take().map(Err)),
        };
        loop {
            let event = match ready!(driver.poll_next(cx, |message| E::decode(message))) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(Err(error))) => return Poll::Ready(Some(Err(ClientError::Decode(error)))),
                Some(Ok(Ok(Decoded::Unknown))) => {
                    self.unknown += 1;
                    continue;
                }
                Some(Ok(Ok(Decoded::Event(event)))) => event,
            };
            let id = driver.last_event_id().cloned();
            if E::ends(&event) {
                driver.end();
            }
            return Poll::Ready(Some(Ok(Received::new(event, id))));
        }
    }

    /// Where the stream is: after the last event that was given out.
    #[must_use]
    pub fn position(&self) -> Position {
        match &self.source {
            Source::Stream(driver) => driver.position(),
            Source::Failed(_) => Position::default(),
        }
    }

    /// How many events were skipped because this program does not know their names: those of a newer
    /// server.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Closes the connection. Events that have come are still given out, then nothing until
    /// [`resume`](Self::resume). A POST that may not be repeated ends here.
    pub fn pause(&mut self) {
        if let Source::Stream(driver) = &mut self.source {
            driver.pause();
        }
    }

    /// Connects again at once after a [`pause`](Self::pause), and goes on after the last event.
    pub fn resume(&mut self) {
        if let Source::Stream(driver) = &mut self.source {
            driver.resume();
        }
    }
}

impl<E: Decode<T>, T> Stream for Events<E, T> {
    type Item = Result<Received<T>, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_received(cx)
    }
}

impl<E, T> fmt::Debug for Events<E, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Events");
        match &self.source {
            Source::Stream(driver) => out.field("driver", driver),
            Source::Failed(error) => out.field("failed", error),
        };
        out.field("unknown", &self.unknown).finish()
    }
}
