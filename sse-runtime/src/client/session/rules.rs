//! What an endpoint says of its stream, beside what the standard says of all.

use std::time::Duration;

use super::Policy;
use crate::describe::{Descriptor, Done, OpenAfter, Origin, Verb};
use crate::gap::Gap;
use crate::names::END_OF_STREAM;
use crate::problem::Problem;
use crate::wire::Message;

/// How long an attempt may take to be answered unless something else is said.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60);
/// How much longer than the server takes to open a stream a client waits for it.
const OPEN_LEEWAY: Duration = Duration::from_secs(30);
/// How much longer than two heartbeats a client listens to silence.
const SILENCE_LEEWAY: Duration = Duration::from_secs(5);

/// How a session reads its stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    is_post: bool,
    is_repeatable: bool,
    typed: Option<&'static Descriptor>,
}

/// What a message is.
pub(super) enum Meaning {
    /// One of the stream's own.
    Event,
    /// A heartbeat.
    Nothing,
    /// The end.
    End,
    Gap(Gap),
    Problem(Box<Problem>),
}

impl Rules {
    /// Any stream that is asked for with GET.
    pub(crate) fn get() -> Self {
        Self {
            is_post: false,
            is_repeatable: true,
            typed: None,
        }
    }

    /// Any stream that is asked for with POST, which may have effects.
    pub(crate) fn post(is_repeatable: bool) -> Self {
        Self {
            is_post: true,
            is_repeatable,
            typed: None,
        }
    }

    /// The stream of an endpoint. A POST that takes a `Last-Event-ID` is made to be repeated.
    pub(crate) fn of(descriptor: &'static Descriptor) -> Self {
        let is_post = descriptor.verb() == Verb::Post;
        let mut sources = descriptor.sources().unwrap_or_default().iter();
        Self {
            is_post,
            is_repeatable: !is_post || sources.any(|source| source.origin() == Origin::LastEventId),
            typed: Some(descriptor),
        }
    }

    /// Whether the request may be sent again when the server may have acted on it.
    pub(super) fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    /// Whether a body that ends says that the stream has. No server adds an end to a POST: few clients
    /// resume one, and some would take it for an event.
    pub(super) fn ends_with_the_body(&self) -> bool {
        let is_finite = (self.typed).is_some_and(|typed| typed.completion() != Done::Never);
        self.is_post && (is_finite || !self.is_repeatable)
    }

    pub(super) fn watchdog(&self, policy: &Policy) -> Option<Duration> {
        policy.watchdog.or_else(|| {
            let heartbeat = self.typed?.keep_alive_interval()?;
            Some(heartbeat.saturating_mul(2).saturating_add(SILENCE_LEEWAY))
        })
    }

    pub(super) fn open_timeout(&self, policy: &Policy) -> Option<Duration> {
        policy
            .open_timeout
            .or_else(|| match self.typed.map(Descriptor::opening) {
                None => Some(OPEN_TIMEOUT),
                Some(OpenAfter::ByDefault(delay) | OpenAfter::After(delay)) => {
                    Some(delay.saturating_add(OPEN_LEEWAY).max(OPEN_TIMEOUT))
                }
                Some(OpenAfter::Never) => None,
            })
    }

    #[inline]
    pub(super) fn meaning(&self, message: &Message<'_>) -> Meaning {
        if message.id() == Some(END_OF_STREAM) {
            return Meaning::End;
        }
        match (self.typed, message.name()) {
            (None, _) => Meaning::Event,
            (Some(typed), None) => match typed.completion() {
                Done::Text(text) if text == message.data() => Meaning::End,
                _ => Meaning::Event,
            },
            (Some(typed), Some(name)) => Self::reserved(typed, name, message.data()),
        }
    }

    /// What an event of this name is, if it is not one of the endpoint's own. An event that only bears
    /// the name, but says something else, is.
    fn reserved(typed: &Descriptor, name: &str, data: &str) -> Meaning {
        if typed.ping_event_name() == Some(name) {
            return Meaning::Nothing;
        }
        if name == Gap::EVENT
            && let Some(gap) = Gap::read(data)
        {
            return Meaning::Gap(gap);
        }
        if typed.error_event_name() == Some(name)
            && let Some(problem) = Problem::read(None, data.as_bytes())
        {
            return Meaning::Problem(Box::new(problem));
        }
        Meaning::Event
    }
}
