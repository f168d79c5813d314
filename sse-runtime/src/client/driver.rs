//! What a [`Session`] says is done: requests are made, bodies are read, time is waited for.

use std::fmt;
use std::task::{Context, Poll, Waker, ready};

use super::builder::Target;
use super::platform::{Boxed, Clock};
use super::session::{Failure, Remedy, Rules, Session, Step};
use super::transport::{self, Body};
use super::{Client, ClientError, Position};
use crate::wire::{EventId, Message};

pub(super) struct Driver {
    client: Client,
    target: Target,
    session: Session,
    clock: Option<Clock>,
    io: Io,
    /// Who polls, while there is nothing to be done for them.
    resting: Option<Waker>,
}

/// What is under way.
enum Io {
    Nothing,
    Connecting(Boxed<Result<Option<Body>, Failure>>),
    Reading(Body),
}

impl Driver {
    pub(super) fn new(client: Client, target: Target, rules: Rules, position: Position) -> Self {
        let session = Session::new(client.policy.clone(), rules, client.max_event, position);
        Self {
            client,
            target,
            session,
            clock: None,
            io: Io::Nothing,
            resting: None,
        }
    }

    /// The next message, as `read` takes it.
    #[inline]
    pub(super) fn poll_next<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut read: impl FnMut(&Message<'_>) -> R,
    ) -> Poll<Option<Result<R, ClientError>>> {
        loop {
            let error = match self.session.next(&mut read) {
                Some(Ok(message)) => return Poll::Ready(Some(Ok(message))),
                Some(Err(error)) => error,
                None => match ready!(self.poll_io(cx)) {
                    Ok(true) => continue,
                    Ok(false) => return Poll::Ready(None),
                    Err(error) => error,
                },
            };
            if self.session.has_ended() {
                // Who has the last error need not ask again.
                self.io = Io::Nothing;
            }
            return Poll::Ready(Some(Err(error)));
        }
    }

    /// Ready when something has come, or, with `false`, when nothing will come any more.
    fn poll_io(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, ClientError>> {
        let clock = self.clock.get_or_insert_with(Clock::start);
        clock.attend();
        loop {
            match self.session.step(clock.now()) {
                Step::End => {
                    self.io = Io::Nothing;
                    return Poll::Ready(Ok(false));
                }
                Step::Rest => {
                    self.io = Io::Nothing;
                    self.resting = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                Step::Sleep(until) => {
                    self.io = Io::Nothing;
                    ready!(clock.poll_until(until, cx));
                }
                Step::Connect(last_event_id) => {
                    let (client, target) = (self.client.clone(), self.target.clone());
                    let attempt = transport::connect(client, target, last_event_id);
                    self.io = Io::Connecting(Box::pin(attempt));
                }
                Step::Await => {
                    if let Poll::Ready(come) = self.io.poll(&mut self.session, clock, cx) {
                        come?;
                        return Poll::Ready(Ok(true));
                    }
                    match self.session.waiting(clock.now())? {
                        Some(until) => ready!(clock.poll_until(until, cx)),
                        None => return Poll::Pending,
                    }
                }
            }
        }
    }

    pub(super) fn resume_from(&mut self, position: Position) {
        self.session.resume_from(position);
        self.io = Io::Nothing;
    }

    pub(super) fn end(&mut self) {
        self.session.end();
        self.io = Io::Nothing;
    }

    pub(super) fn pause(&mut self) {
        self.session.pause();
        self.io = Io::Nothing;
    }

    pub(super) fn resume(&mut self) {
        let now = self.clock.as_mut().map(|clock| {
            clock.attend();
            clock.now()
        });
        self.session.resume(now.unwrap_or_default());
        if let Some(waker) = self.resting.take() {
            waker.wake();
        }
    }

    pub(super) fn position(&self) -> Position {
        self.session.position()
    }

    pub(super) fn last_event_id(&mut self) -> Option<&EventId> {
        self.session.last_event_id()
    }
}

impl Io {
    /// Ready when the session was told something.
    fn poll(
        &mut self,
        session: &mut Session,
        clock: &Clock,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ClientError>> {
        match self {
            // The session waits for nothing then.
            Self::Nothing => Poll::Pending,
            Self::Connecting(attempt) => {
                let answer = ready!(attempt.as_mut().poll(cx));
                *self = Self::Nothing;
                match answer {
                    Ok(Some(body)) => {
                        session.opened(clock.now());
                        *self = Self::Reading(body);
                    }
                    Ok(None) => session.end(),
                    Err(failure) => session.failed(failure, clock.now())?,
                }
                Poll::Ready(Ok(()))
            }
            Self::Reading(body) => Poll::Ready(match ready!(body.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => {
                    session.push(chunk);
                    Ok(())
                }
                end => {
                    *self = Self::Nothing;
                    match end {
                        Some(Err(error)) => {
                            let error = ClientError::Broken(error.into());
                            let remedy = Remedy::Repeat;
                            session.failed(Failure { error, remedy }, clock.now())
                        }
                        _ => session.closed(clock.now()),
                    }
                }
            }),
        }
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("url", &self.target.url.as_str())
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;
    use reqwest::Url;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_resumed_stream_connects_at_once_however_long_the_pause_was() {
        let url = Url::parse("http://localhost").unwrap();
        let target = Target::new(Method::GET, url);
        let mut driver = Driver::new(Client::new(), target, Rules::get(), Position::default());
        let mut cx = Context::from_waker(Waker::noop());
        // What was waited for before leaves its alarm.
        let mut clock = Clock::start();
        assert!(
            clock
                .poll_until(Duration::from_secs(35), &mut cx)
                .is_pending()
        );
        driver.clock = Some(clock);

        driver.pause();
        assert!(driver.poll_io(&mut cx).is_pending());
        tokio::time::advance(Duration::from_secs(3600)).await;
        driver.resume();
        assert!(driver.poll_io(&mut cx).is_pending());
        assert!(matches!(driver.io, Io::Connecting(_)));
    }
}
