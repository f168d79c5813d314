//! What goes wrong with a question, and what of it is still certain.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::error::{DbError, Severity, SqlState};

use super::super::{AppendError, ReadError};

/// Why a question has no answer. A clone is the same, as many may have asked it together.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// There is no connection to ask over, so nothing was asked.
    Away(Arc<str>),
    /// The server has refused. What it was asked to do was undone.
    Refused(Arc<tokio_postgres::Error>),
    /// Another transaction held the channel for as long as could be waited. Nothing was done.
    Held,
    /// As many questions wait as may. This one was not asked.
    Full,
    /// The connection was lost, or ended by the server, before there was an answer.
    Lost(Arc<tokio_postgres::Error>),
    /// There was no answer in time.
    Late(Duration),
}

impl Trouble {
    /// Whether what was asked for may have been done.
    pub(super) fn may_be_done(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Late(_))
    }

    /// Whether it was that another transaction holds the channel.
    pub(super) fn is_held(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE))
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        // An `ERROR` ends what it is about and undoes it. What ends the connection may come between a
        // commit and its answer.
        let severity = error.as_db_error().and_then(DbError::parsed_severity);
        match severity {
            Some(Severity::Error) => Self::Refused(Arc::new(error)),
            _ => Self::Lost(Arc::new(error)),
        }
    }
}

impl From<Trouble> for AppendError {
    fn from(trouble: Trouble) -> Self {
        match trouble.may_be_done() {
            true => Self::Unanswered(trouble.into()),
            false => Self::Refused(trouble.into()),
        }
    }
}

impl From<Trouble> for ReadError {
    fn from(trouble: Trouble) -> Self {
        Self::Unavailable(trouble.into())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => write!(f, "not connected to Postgres: {why}"),
            Self::Refused(error) | Self::Lost(error) => f.write_str(&told(error)),
            Self::Held => f.write_str(
                "another transaction holds the channel; let transactions that append be short",
            ),
            Self::Full => f.write_str("too many appends wait for Postgres"),
            Self::Late(timeout) => write!(f, "Postgres did not answer within {timeout:?}"),
        }
    }
}

impl Error for Trouble {}

/// All that an error of the driver says, which it spreads over its sources.
pub(super) fn told(error: &tokio_postgres::Error) -> String {
    let Some(db) = error.as_db_error() else {
        return match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
    };
    let hint = db.hint().map(|hint| format!("; {hint}"));
    format!(
        "{} (SQLSTATE {}){}",
        db.message(),
        db.code().code(),
        hint.unwrap_or_default()
    )
}
