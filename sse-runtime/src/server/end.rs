use std::fmt;
use std::time::Duration;

/// How a stream ended, as [`Context::on_end`](super::Context::on_end) is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// Events sent by the service.
    pub sent: u64,
    /// Bytes handed to the connection, heartbeats included.
    pub bytes: u64,
    /// From the request to the end.
    pub duration: Duration,
}

/// Why a stream ended. Only [`EndReason::Closed`] keeps clients away: after all others they come
/// back and resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// For good: the service closed it, or a finite (`done`) stream is complete.
    Closed,
    /// The service returned.
    Returned,
    /// The service returned an error.
    Failed,
    /// The service panicked.
    Panicked,
    /// The service asked the client to come back later.
    Reconnect,
    /// The server is going down.
    Shutdown,
    /// The deadline of the stream passed.
    Deadline,
    /// The client went away.
    Disconnected,
    /// The request was answered without its service: by an extractor, by the payload, by a limit,
    /// or as it was a HEAD.
    Refused,
}

impl EndReason {
    /// The reason as one word, for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Returned => "returned",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Reconnect => "reconnect",
            Self::Shutdown => "shutdown",
            Self::Deadline => "deadline",
            Self::Disconnected => "disconnected",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "it was closed",
            Self::Returned => "its service has returned",
            Self::Failed => "its service has failed",
            Self::Panicked => "its service has panicked",
            Self::Reconnect => "the client was asked to come back later",
            Self::Shutdown => "the server is shutting down",
            Self::Deadline => "its deadline has passed",
            Self::Disconnected => "the client has gone",
            Self::Refused => "its request was refused",
        })
    }
}
