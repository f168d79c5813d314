//! What a client of an event stream does next, without I/O: when it connects and from which id, what it
//! hands on, how long it waits, when it gives up.
//!
//! A session is told what happened and when. Time is how long somebody has waited for the stream, so that
//! no clock is needed and a test can let an hour pass in one call. Who drives it makes the requests, reads
//! the bodies and waits:
//!
//! ```text
//!            ┌ Connect → judge the head ─┬→ opened → push … closed ─┐
//! next → step┤ Sleep                     └→ failed ─────────────────┴→ step
//!            └ End
//! ```

mod error;
mod head;
mod policy;
mod position;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

pub use error::{ClientError, Refusal};
pub(crate) use head::{Verdict, judge};
pub use policy::{Policy, Retry};
pub use position::Position;
pub(crate) use rules::Rules;

use rules::Meaning;

use crate::names::END_OF_STREAM;
use crate::wire::{Decoder, EventId, Item, Message};

/// A connection that has lived for so long counts as one that worked, even if no event has come.
const PROVEN: Duration = Duration::from_secs(60);

pub(crate) struct Session {
    policy: Policy,
    rules: Rules,
    max_event: usize,
    decoder: Decoder,
    /// The last event id as a value, once it was asked for.
    last_event_id: Option<EventId>,
    /// What the server has said of it.
    reconnection_time: Option<Duration>,
    state: State,
    /// Since the last sign of a stream that works.
    attempts: u32,
    /// Since when there was no such sign.
    trouble: Option<Duration>,
    rng: fastrand::Rng,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// The next attempt is made at that time.
    Waiting(Duration),
    /// A request was sent at that time.
    Connecting(Duration),
    /// There is a stream since that time.
    Open {
        since: Duration,
        /// Since when there was nothing to be read. Bytes that nobody has asked for are not missing.
        silent: Option<Duration>,
    },
    Paused,
    Ended,
}

/// Without what was received, which may be huge, and is nobody's business.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .field("attempts", &self.attempts)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Send the request, with this `Last-Event-ID`, in place of any that is under way.
    Connect(Option<EventId>),
    /// Look at what is under way; [`Session::waiting`] says how long to wait for it.
    Await,
    /// Nothing before this time.
    Sleep(Duration),
    /// Nothing until [`Session::resume`].
    Rest,
    /// Nothing ever again.
    End,
}

/// Why a connection came to nothing, or to an end.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: ClientError,
    pub(crate) remedy: Remedy,
}

/// Whether another attempt may help.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Remedy {
    /// It will not.
    None,
    /// It may, but the server has perhaps acted on the request.
    Repeat,
    /// It may, and nothing has happened so far; the server has perhaps said how long to wait.
    Retry { after: Option<Duration> },
}

impl Failure {
    pub(crate) fn permanent(error: ClientError) -> Self {
        Self {
            error,
            remedy: Remedy::None,
        }
    }
}

impl Session {
    pub(crate) fn new(policy: Policy, rules: Rules, max_event: usize, position: Position) -> Self {
        let mut session = Self {
            policy,
            rules,
            max_event,
            decoder: Decoder::new(),
            last_event_id: None,
            reconnection_time: None,
            state: State::Waiting(Duration::ZERO),
            attempts: 0,
            trouble: None,
            rng: fastrand::Rng::new(),
        };
        session.resume_from(position);
        session
    }

    /// Goes on from there, with a new connection.
    pub(crate) fn resume_from(&mut self, position: Position) {
        if self.state != State::Ended {
            self.state = State::Waiting(Duration::ZERO);
        }
        self.last_event_id = position.last_event_id;
        self.reconnection_time = position.reconnection_time;
        self.decoder = self.new_decoder();
    }

    fn new_decoder(&self) -> Decoder {
        let decoder = Decoder::new()
            .max_line(self.max_event)
            .max_event(self.max_event);
        match &self.last_event_id {
            Some(id) => decoder.resume_from(id),
            None => decoder,
        }
    }

    /// The id to resume from; `None` where there is none, or it was reset.
    pub(crate) fn last_event_id(&mut self) -> Option<&EventId> {
        let id = self.decoder.last_event_id();
        if self.last_event_id.as_ref().map_or("", EventId::as_str) != id {
            // No id of the wire holds what an `EventId` cannot.
            self.last_event_id = EventId::new(id).ok().filter(|_| !id.is_empty());
        }
        self.last_event_id.as_ref()
    }

    /// Where the stream is: after the last message that was handed on.
    pub(crate) fn position(&self) -> Position {
        let id = self.decoder.last_event_id();
        Position {
            last_event_id: EventId::new(id).ok().filter(|_| !id.is_empty()),
            reconnection_time: self.reconnection_time,
        }
    }

    /// What to do at this time.
    pub(crate) fn step(&mut self, now: Duration) -> Step {
        match self.state {
            State::Ended => Step::End,
            State::Paused => Step::Rest,
            State::Waiting(until) if now < until => Step::Sleep(until),
            State::Waiting(_) => {
                self.attempts = self.attempts.saturating_add(1);
                self.trouble.get_or_insert(now);
                self.state = State::Connecting(now);
                Step::Connect(self.last_event_id().cloned())
            }
            State::Connecting(_) | State::Open { .. } => Step::Await,
        }
    }

    /// Nothing has come of what is under way. Until when to go on waiting for it: `None` is without
    /// end, and a time that has come is for [`step`](Self::step) again.
    pub(crate) fn waiting(&mut self, now: Duration) -> Result<Option<Duration>, ClientError> {
        let (since, patience, error): (_, _, fn(Duration) -> ClientError) = match &mut self.state {
            State::Connecting(since) => (*since, self.rules.open_timeout(&self.policy), |after| {
                ClientError::NoAnswer { after }
            }),
            State::Open { silent, .. } => (
                *silent.get_or_insert(now),
                self.rules.watchdog(&self.policy),
                |after| ClientError::Silent { after },
            ),
            _ => return Ok(Some(now)),
        };
        let Some(patience) = patience else {
            return Ok(None);
        };
        let until = since.saturating_add(patience);
        if now >= until {
            let error = error(patience);
            let remedy = Remedy::Repeat;
            self.failed(Failure { error, remedy }, now)?;
        }
        Ok(Some(until))
    }

    /// The answer is a stream, whose bytes follow.
    pub(crate) fn opened(&mut self, now: Duration) {
        self.last_event_id();
        self.decoder = self.new_decoder();
        self.state = State::Open {
            since: now,
            silent: None,
        };
    }

    /// Bytes of the stream have come.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        if let State::Open { silent, .. } = &mut self.state {
            *silent = None;
            self.decoder.push(chunk);
        }
    }

    /// Reads the next message of what was pushed; `None` when more bytes are needed, or the stream has
    /// ended.
    #[inline]
    pub(crate) fn next<R>(
        &mut self,
        read: impl FnOnce(&Message<'_>) -> R,
    ) -> Option<Result<R, ClientError>> {
        if self.has_ended() {
            return None;
        }
        loop {
            match self.decoder.next_item() {
                Ok(None) => return None,
                Ok(Some(Item::Message(message))) => match self.rules.meaning(&message) {
                    Meaning::Event => {
                        self.attempts = 0;
                        self.trouble = None;
                        return Some(Ok(read(&message)));
                    }
                    Meaning::Nothing => {}
                    Meaning::End => {
                        self.state = State::Ended;
                        return None;
                    }
                    Meaning::Gap(gap) => return Some(Err(ClientError::Gap(gap))),
                    Meaning::Problem(problem) => {
                        // What comes after it, advice on when to come back, still counts.
                        if head::is_permanent(problem.status()) {
                            self.state = State::Ended;
                        }
                        return Some(Err(ClientError::Problem(problem)));
                    }
                },
                Ok(Some(Item::LastEventId(END_OF_STREAM))) => {
                    self.state = State::Ended;
                    return None;
                }
                Ok(Some(Item::LastEventId(_))) => {}
                Ok(Some(Item::Retry(time))) => self.reconnection_time = Some(time),
                Err(error) => return Some(Err(ClientError::TooLong(error))),
            }
        }
    }

    /// The body has come to its end.
    pub(crate) fn closed(&mut self, now: Duration) -> Result<(), ClientError> {
        if self.rules.ends_with_the_body() {
            self.state = State::Ended;
            return Ok(());
        }
        let error = ClientError::Closed;
        let remedy = Remedy::Repeat;
        self.failed(Failure { error, remedy }, now)
    }

    /// The attempt, or the body, has failed. An error is one to hand on: there will be no further
    /// attempt.
    pub(crate) fn failed(&mut self, failure: Failure, now: Duration) -> Result<(), ClientError> {
        let Failure { error, remedy } = failure;
        // Who has listened for an hour without an event has not tried in vain.
        if let State::Open { since, .. } = self.state
            && now.saturating_sub(since) >= PROVEN
        {
            self.attempts = 0;
            self.trouble = None;
        }
        self.state = State::Ended;
        let after = match remedy {
            Remedy::Retry { after } => after,
            Remedy::Repeat if self.rules.is_repeatable() => None,
            Remedy::Repeat | Remedy::None => return Err(error),
        };
        let attempts = self.attempts;
        let elapsed = now.saturating_sub(*self.trouble.get_or_insert(now));
        let wait = self
            .policy
            .wait(attempts, self.reconnection_time, after, &mut self.rng);
        if self.policy.gives_up(attempts, elapsed.saturating_add(wait)) {
            return Err(ClientError::GaveUp {
                attempts,
                elapsed,
                source: Box::new(error),
            });
        }
        self.state = State::Waiting(now.saturating_add(wait));
        self.policy.tell(&Retry::new(attempts, wait, &error));
        Ok(())
    }

    /// The stream has been ended for good: a 204, or an event that says so.
    pub(crate) fn end(&mut self) {
        self.state = State::Ended;
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whoever listens wants nothing for a while.
    pub(crate) fn pause(&mut self) {
        self.state = match self.state {
            State::Connecting(_) | State::Open { .. } if !self.rules.is_repeatable() => {
                State::Ended
            }
            State::Ended => State::Ended,
            _ => State::Paused,
        };
    }

    /// They do again: connects at once.
    pub(crate) fn resume(&mut self, now: Duration) {
        if self.state == State::Paused {
            (self.attempts, self.trouble) = (0, None);
            self.state = State::Waiting(now);
        }
    }
}
