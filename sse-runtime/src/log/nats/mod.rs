//! A log in NATS JetStream.

mod address;
mod ending;
mod engine;
mod link;
mod live;
mod message;
mod options;
mod place;
mod read;
mod stream;
mod subjects;
mod write;

use std::fmt;
use std::sync::Arc;

pub use options::{NatsOptions, NatsStorage};

use super::ConnectError;
use super::remote::{Mirrors, Remote, remote_log};
use address::Address;
use engine::{NatsEngine, Slot};
use live::Live;
use subjects::Subjects;

/// A log in a stream of NATS JetStream.
#[derive(Clone)]
pub struct NatsLog {
    remote: Arc<Remote<NatsEngine>>,
}

remote_log!(NatsLog, NatsEngine);

impl NatsLog {
    /// Connects to the server at `url`, with the default [`NatsOptions`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        NatsOptions::default().connect(url).await
    }

    async fn connect_with(options: NatsOptions, url: &str) -> Result<Self, ConnectError> {
        let address = Address::new(url, &options)?;
        let subjects = Subjects::new(&options.namespace).ok_or_else(|| {
            let namespace = &options.namespace;
            let why = format!(
                "a namespace `{namespace}`; give 1 to 64 letters, digits, hyphens and underscores"
            );
            ConnectError::InvalidUrl(why.into())
        })?;
        let mirrors = Arc::new(Mirrors::default());
        let slot = Arc::new(Slot::default());
        let live = Live {
            address,
            options: options.clone(),
            subjects: subjects.clone(),
            mirrors: Arc::clone(&mirrors),
            slot: Arc::clone(&slot),
        };
        let connected = live.connect().await?;
        let task = tokio::spawn(live.run(connected)).abort_handle();
        let engine = NatsEngine::new(options, subjects, slot, task);
        Ok(Self {
            remote: Arc::new(Remote::new(Arc::new(engine), mirrors)),
        })
    }
}

impl fmt::Debug for NatsLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsLog").finish_non_exhaustive()
    }
}
