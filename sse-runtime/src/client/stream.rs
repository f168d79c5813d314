use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::driver::Driver;
use super::received::Messages;
use super::{ClientError, Message, Position, Received};
use crate::wire;

/// The events of any server, without types: names and data.
///
/// It connects when it is first polled, and again as its [`Policy`](super::Policy) says. Dropping it
/// closes the connection. Dropping what [`next`](Self::next) gives loses nothing.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct EventStream {
    driver: Driver,
    messages: Messages,
}

impl EventStream {
    pub(super) fn new(driver: Driver) -> Self {
        Self {
            driver,
            messages: Messages::default(),
        }
    }

    /// The next event; `None` when the stream has ended for good.
    ///
    /// # Errors
    ///
    /// [`ClientError`] says of each whether the stream goes on after it.
    pub async fn next(&mut self) -> Option<Result<Received<Message>, ClientError>> {
        poll_fn(|cx| self.poll_received(cx)).await
    }

    /// The next event as `read` takes it from where it lies, which copies nothing of it: for streams of
    /// many events, of which little is kept.
    ///
    /// ```no_run
    /// # async fn run(mut events: sse_runtime::client::EventStream) -> Result<(), Box<dyn std::error::Error>> {
    /// #[derive(serde::Deserialize)]
    /// struct Tick {
    ///     cents: u64,
    /// }
    ///
    /// while let Some(tick) = events.next_with(|event| serde_json::from_str::<Tick>(event.data())).await {
    ///     println!("{}", tick??.cents);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn next_with<R>(
        &mut self,
        mut read: impl FnMut(&wire::Message<'_>) -> R,
    ) -> Option<Result<R, ClientError>> {
        poll_fn(|cx| self.driver.poll_next(cx, &mut read)).await
    }

    fn poll_received(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Received<Message>, ClientError>>> {
        let Self { driver, messages } = self;
        let next = ready!(driver.poll_next(cx, |message| messages.own(message)));
        Poll::Ready(
            next.map(|message| Ok(Received::new(message?, driver.last_event_id().cloned()))),
        )
    }

    /// Where the stream is: after the last event that was given out.
    #[must_use]
    pub fn position(&self) -> Position {
        self.driver.position()
    }

    /// Closes the connection. Events that have come are still given out, then nothing until
    /// [`resume`](Self::resume). A POST that may not be repeated ends here.
    pub fn pause(&mut self) {
        self.driver.pause();
    }

    /// Connects again at once after a [`pause`](Self::pause), and goes on after the last event.
    pub fn resume(&mut self) {
        self.driver.resume();
    }
}

impl Stream for EventStream {
    type Item = Result<Received<Message>, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_received(cx)
    }
}
