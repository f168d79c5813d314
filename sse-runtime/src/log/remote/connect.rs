//! Why a log cannot be connected to its engine.

use std::error::Error;
use std::fmt;

type Source = Box<dyn Error + Send + Sync>;

/// Why a log on the network could not be connected to its engine. No secret of the URL is in it. What
/// the engine or the network says of it is the [source](Error::source).
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL or an option means nothing to this engine, or names a file that is of no use. Trying
    /// again gives the same.
    InvalidUrl(Source),
    /// Nobody answers there, or not in time.
    Unreachable {
        /// The host and its port, or whatever was called.
        address: String,
        /// What kept it from answering.
        source: Source,
    },
    /// The engine answers, and does not let this log in: it wants other credentials or a client
    /// certificate, does not permit what a log has to do, or is none that can do it. Or this log does
    /// not trust its certificate.
    Refused {
        /// The host and its port, or whatever was called.
        address: String,
        /// What it says, or lacks.
        source: Source,
    },
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUrl(_) => f.write_str("the URL or an option of a log cannot be used"),
            Self::Unreachable { address, .. } => {
                write!(f, "the engine of a log does not answer at `{address}`")
            }
            Self::Refused { address, .. } => {
                write!(f, "the engine at `{address}` does not serve this log")
            }
        }
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InvalidUrl(source)
            | Self::Unreachable { source, .. }
            | Self::Refused { source, .. } => Some(&**source),
        }
    }
}
