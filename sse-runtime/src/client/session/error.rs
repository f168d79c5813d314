use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use crate::describe::DecodeEventError;
use crate::excerpt::excerpt;
use crate::gap::Gap;
use crate::problem::Problem;
use crate::wire::DecodeError;

type Source = Box<dyn Error + Send + Sync>;

/// What a stream of events gives in place of an event.
///
/// | error | what it is about | the stream |
/// |---|---|---|
/// | [`Gap`](Self::Gap), [`Decode`](Self::Decode), [`TooLong`](Self::TooLong) | events that are not had | goes on |
/// | [`Problem`](Self::Problem) | what the service has failed with | ends, or connects again where that may help |
/// | [`Request`](Self::Request), [`Redirect`](Self::Redirect), [`NotAStream`](Self::NotAStream) | what no further attempt would change | ends |
/// | [`Refused`](Self::Refused) | an error status of which that is so | ends |
/// | [`GaveUp`](Self::GaveUp) | the limit of a [`Policy`](super::Policy) | ends |
/// | all others | a request that may have effects, and must not be sent again | ends |
///
/// Everything else is repaired in silence: [`Policy::on_retry`](super::Policy::on_retry) and `tracing`
/// tell of it.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// Events are missing between the last one and the next: the server no longer has them. A typed
    /// stream tells of it; who reads one untyped sees the event `gap`.
    Gap(Gap),
    /// The service has failed after the stream was open. A status of 4xx other than 408, 425 and 429
    /// ends the stream.
    Problem(Box<Problem>),
    /// An event that does not fit its type. It is skipped, and its id counts.
    Decode(DecodeEventError),
    /// An event over [`Client::max_event`](crate::client::Client::max_event). It is skipped.
    TooLong(DecodeError),
    /// The request cannot be made of what was given.
    Request(Source),
    /// The [headers of an attempt](crate::client::Client::headers) could not be had.
    Headers(Source),
    /// There was no connection, or no answer on it.
    Connect(Source),
    /// There was no answer for this long.
    NoAnswer {
        /// [`Policy::open_timeout`](super::Policy::open_timeout).
        after: Duration,
    },
    /// The server has answered with an error.
    Refused(Box<Refusal>),
    /// The server has answered with something else than a stream: another status than 200, another
    /// content type, or a content coding, which none of these requests asks for.
    NotAStream(Box<Refusal>),
    /// A redirect that is not followed.
    Redirect(Source),
    /// The stream has broken off.
    Broken(Source),
    /// The server has ended the stream.
    Closed,
    /// Nothing came for this long, not even a heartbeat.
    Silent {
        /// [`Policy::watchdog`](super::Policy::watchdog).
        after: Duration,
    },
    /// The [`Policy`](super::Policy) allows no further attempt.
    GaveUp {
        /// How many attempts in a row have failed.
        attempts: u32,
        /// How long they took.
        elapsed: Duration,
        /// What became of the last one.
        source: Box<Self>,
    },
}

impl ClientError {
    /// The problem that the server has told, as a response or as an event.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Refused(refusal) => refusal.problem(),
            Self::GaveUp { source, .. } => source.problem(),
            _ => None,
        }
    }

    /// The status that the server has answered with, or has told as a problem.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Problem(problem) => Some(problem.status()),
            Self::Refused(refusal) | Self::NotAStream(refusal) => Some(refusal.status()),
            Self::GaveUp { source, .. } => source.status(),
            _ => None,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap(gap) => gap.fmt(f),
            Self::Problem(problem) => write!(f, "the service failed: {}", told(problem)),
            Self::Decode(error) => error.fmt(f),
            Self::TooLong(error) => error.fmt(f),
            Self::Request(_) => f.write_str("the request cannot be made"),
            Self::Headers(_) => f.write_str("there are no headers for the request"),
            Self::Connect(_) => f.write_str("there is no connection to the server"),
            Self::NoAnswer { after } => write!(f, "the server did not answer for {after:?}"),
            Self::Refused(refusal) => write!(f, "the server refused: {refusal}"),
            Self::NotAStream(refusal) => write!(
                f,
                "the answer is no event stream: {refusal}; a stream has status 200, content type \
                 text/event-stream and no content coding"
            ),
            Self::Redirect(error) => error.fmt(f),
            Self::Broken(_) => f.write_str("the stream broke off"),
            Self::Closed => f.write_str("the server ended the stream"),
            Self::Silent { after } => write!(f, "nothing came for {after:?}"),
            Self::GaveUp {
                attempts, elapsed, ..
            } => write!(f, "gave up after {attempts} attempts in {elapsed:.1?}"),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Request(source)
            | Self::Headers(source)
            | Self::Connect(source)
            | Self::Broken(source) => Some(&**source),
            Self::GaveUp { source, .. } => Some(source),
            // What they say is said in their place.
            _ => None,
        }
    }
}

/// A problem as it is said in a message, which is one line of a log, and not the server's to write
/// others into.
fn told(problem: &Problem) -> String {
    let mut told = String::new();
    for char in excerpt(&problem.to_string(), PROBLEM).chars() {
        if char.is_control() {
            told.extend(char.escape_default());
        } else {
            told.push(char);
        }
    }
    told
}

/// An answer that is no stream: its head, and the beginning of its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    status: StatusCode,
    content_type: Option<String>,
    content_encoding: Option<String>,
    problem: Option<Problem>,
    body: String,
}

/// A body is kept up to so many bytes.
const BODY: usize = 4 * 1024;
/// A problem is told up to so many characters.
const PROBLEM: usize = 1024;
/// A body is told up to so many characters.
const TOLD: usize = 200;

impl Refusal {
    /// How much of a body is worth reading: more than is kept, as it may be a problem.
    pub(crate) const READ: usize = 16 * 1024;

    /// Of the head of an answer, and what was read of its body.
    pub(crate) fn new(status: StatusCode, headers: &http::HeaderMap, body: &[u8]) -> Self {
        let text = |name| {
            let value: &http::HeaderValue = headers.get(name)?;
            Some(excerpt(&String::from_utf8_lossy(value.as_bytes()), TOLD))
        };
        let is_problem = super::head::media_type(headers)
            .is_some_and(|essence| essence.eq_ignore_ascii_case("application/problem+json"));
        Self {
            status,
            content_type: text(http::header::CONTENT_TYPE),
            content_encoding: text(http::header::CONTENT_ENCODING),
            problem: is_problem
                .then(|| Problem::read(Some(status), body))
                .flatten(),
            body: String::from_utf8_lossy(body.get(..BODY).unwrap_or(body)).into_owned(),
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The `Content-Type`, as it was sent.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The `Content-Encoding`, as it was sent.
    #[must_use]
    pub fn content_encoding(&self) -> Option<&str> {
        self.content_encoding.as_deref()
    }

    /// The body, where that is problem details (RFC 9457).
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// The beginning of the body: at most 4 KiB of it, as text.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(problem) = &self.problem {
            return f.write_str(&told(problem));
        }
        write!(f, "status {}", self.status.as_u16())?;
        if let Some(content_type) = &self.content_type {
            write!(f, ", content type {content_type:?}")?;
        }
        if let Some(content_encoding) = &self.content_encoding {
            write!(f, ", content encoding {content_encoding:?}")?;
        }
        if !self.body.is_empty() {
            write!(f, ", body {:?}", excerpt(&self.body, TOLD))?;
        }
        Ok(())
    }
}
