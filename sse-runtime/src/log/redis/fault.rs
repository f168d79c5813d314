//! What can go wrong between a log and its server.

use std::error::Error;
use std::fmt;

use ::redis::{RedisError, ServerError};

use super::super::{AppendError, ReadError};

/// Why a question has no answer that is of use.
#[derive(Debug)]
pub(super) enum Fault {
    /// It was not asked.
    NotAsked(String),
    /// The server did not do it. What it says begins with a code.
    Refused(String),
    /// The server failed when it had done some of it.
    Half(String),
    /// It was asked. Whether it was done is not known.
    Unanswered(String),
    /// The answer is none that our script gives.
    Strange(&'static str),
}

/// What a script of ours begins an error with that came after something was written.
const WRITTEN: &str = "WRITTEN ";

impl Fault {
    /// What the server says in place of an answer.
    pub(super) fn of_server(error: &ServerError) -> Self {
        let text = match error.details() {
            Some(details) => format!("{} {details}", error.code()),
            None => error.code().to_owned(),
        };
        match text.strip_prefix(WRITTEN) {
            Some(text) => Self::Half(text.to_owned()),
            None => Self::Refused(text),
        }
    }

    /// What came in place of an answer.
    pub(super) fn of(error: RedisError) -> Self {
        match ServerError::try_from(error) {
            Ok(error) => Self::of_server(&error),
            Err(error) => Self::Unanswered(error.to_string()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked(reason) => write!(f, "redis was not asked: {reason}"),
            Self::Refused(reason) => write!(f, "redis refused: {reason}"),
            Self::Half(reason) => write!(f, "redis failed half way: {reason}"),
            Self::Unanswered(reason) => write!(f, "redis did not answer: {reason}"),
            Self::Strange(what) => write!(f, "redis answered without {what}"),
        }
    }
}

impl Error for Fault {}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotAsked(_) | Fault::Refused(_) => Self::Refused(fault.into()),
            _ => Self::Unanswered(fault.into()),
        }
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Strange(_) => Self::Unreadable(fault.into()),
            _ => Self::Unavailable(fault.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use ::redis::parse_redis_value;

    use super::*;

    fn server_says(line: &str) -> Fault {
        let value = parse_redis_value(format!("-{line}\r\n").as_bytes()).unwrap();
        Fault::of(value.extract_error().unwrap_err())
    }

    #[test]
    fn what_the_server_refuses_was_not_written() {
        for line in ["OOM no room", "READONLY", "ERR what", "X"] {
            let error = AppendError::from(server_says(line));
            assert!(!error.may_be_written(), "{line}: {error:?}");
        }
    }

    #[test]
    fn an_error_after_the_first_write_may_be_written() {
        let error = AppendError::from(server_says("WRITTEN NOPERM no spublish"));
        assert!(error.may_be_written());
    }
}
