//! How much a log in Redis keeps, and how long it waits.

use std::path::PathBuf;
use std::time::Duration;

use super::super::remote::{Certificates, ClientCertificate};
use super::super::{ConnectError, Record};
use super::RedisLog;

/// How much a [`RedisLog`] keeps, where, and how long it waits.
///
/// | bound | default | at the bound |
/// |---|---|---|
/// | [`events`](Self::events) of a channel | 1 000 | The oldest are dropped, whole nodes of the stream at once: up to `stream-node-max-entries` (100) more are kept. A cursor before them is [`Truncated`](crate::log::Standing::Truncated), with the exact number. |
/// | [`age`](Self::age) of a channel since its last event | 1 hour | What it holds is dropped; likewise. Its numbers are remembered twice as long, and while it is watched; a cursor is of an [unknown epoch](crate::log::Standing::UnknownEpoch) after that. |
/// | [`ended`](Self::ended): how long an ended channel is kept | 10 minutes | It is forgotten, and the name is free. |
/// | [`max_record_bytes`](Self::max_record_bytes): an event and its key | 1 MiB | [`TooLarge`](crate::log::AppendError::TooLarge). |
/// | a batch | 65 536 events, 64 MiB | Refused. |
/// | [`timeout`](Self::timeout) of a question | 5 s | [`Unanswered`](crate::log::AppendError::Unanswered), [`Unavailable`](crate::log::ReadError::Unavailable) |
/// | [`idempotency_window`](Self::idempotency_window) | 2 minutes | The key is forgotten. |
/// | questions at once, of a node | 4 096, or 64 MiB | The next waits, and is refused when its time is over. |
/// | a read | 1 MiB, 10 000 events | There is more to be read. |
///
/// ```no_run
/// use std::time::Duration;
/// use sse_runtime::log::RedisOptions;
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let log = RedisOptions::default()
///     .namespace("shop")
///     .events(10_000)
///     .age(Duration::from_secs(24 * 60 * 60))
///     .connect("redis://localhost")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RedisOptions {
    pub(super) namespace: String,
    pub(super) events: usize,
    pub(super) age: Duration,
    pub(super) ended: Duration,
    pub(super) max_record_bytes: usize,
    pub(super) timeout: Duration,
    pub(super) idempotency_window: Duration,
    pub(super) certificates: Certificates,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            namespace: "sse".to_owned(),
            events: 1000,
            age: Duration::from_secs(60 * 60),
            ended: Duration::from_secs(10 * 60),
            max_record_bytes: 1024 * 1024,
            timeout: Duration::from_secs(5),
            idempotency_window: Duration::from_secs(2 * 60),
            certificates: Certificates::default(),
        }
    }
}

impl RedisOptions {
    /// What the names of all keys begin with. Logs of different namespaces know nothing of each other.
    #[must_use]
    pub fn namespace(self, namespace: impl Into<String>) -> Self {
        let namespace = namespace.into();
        Self { namespace, ..self }
    }

    /// How many events of a channel are kept: 1 at least.
    #[must_use]
    pub fn events(self, events: usize) -> Self {
        let events = events.max(1);
        Self { events, ..self }
    }

    /// How long a channel is kept to which nothing is published: not less, and at most a sixteenth
    /// longer.
    #[must_use]
    pub fn age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    /// How long an ended channel is kept.
    #[must_use]
    pub fn ended(self, ended: Duration) -> Self {
        Self { ended, ..self }
    }

    /// The largest event, with its key: at most [`Record::MAX_BYTES`].
    #[must_use]
    pub fn max_record_bytes(self, bytes: usize) -> Self {
        let max_record_bytes = bytes.min(Record::MAX_BYTES);
        Self {
            max_record_bytes,
            ..self
        }
    }

    /// How long an answer is waited for.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How long the places of an append with an [`IdempotencyKey`](crate::log::IdempotencyKey) are
    /// remembered.
    #[must_use]
    pub fn idempotency_window(self, window: Duration) -> Self {
        Self {
            idempotency_window: window,
            ..self
        }
    }

    /// The certificates, in a file of PEM, that the servers' are to be signed by, in place of the
    /// system's. Sentinels are servers, too. The URL has to ask for TLS then (`rediss://`).
    ///
    /// A file that cannot be read or holds none is a [`ConnectError::InvalidUrl`], a server of which
    /// the certificate is signed by others is a [`ConnectError::Refused`].
    #[must_use]
    pub fn root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.certificates.roots = Some(path.into());
        self
    }

    /// The certificate and its private key, in files of PEM, that this client shows to servers and
    /// sentinels that ask for one: with those behind it that lead to the authority which they trust, and
    /// a key that is not encrypted. The URL has to ask for TLS then (`rediss://`). They are read once:
    /// after they are renewed, connect a new log.
    ///
    /// Files that cannot be read or do not fit each other are a [`ConnectError::InvalidUrl`], a server
    /// that does not accept the certificate is a [`ConnectError::Refused`].
    ///
    /// ```no_run
    /// use sse_runtime::log::RedisOptions;
    ///
    /// # async fn connect() -> Result<(), sse_runtime::log::ConnectError> {
    /// let log = RedisOptions::default()
    ///     .root_certificates("/etc/redis/ca.pem")
    ///     .client_certificate("/etc/redis/client.pem", "/etc/redis/client.key")
    ///     .connect("rediss://redis.internal")
    ///     .await?;
    /// # drop(log);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.certificates.client = Some(ClientCertificate {
            certificate: certificate.into(),
            key: key.into(),
        });
        self
    }

    /// Connects a log of these options to the server at `url`, as [`RedisLog::connect`] does.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] where the URL means nothing, nobody answers within the
    /// [timeout](Self::timeout), or who answers is no server that a log can use.
    pub async fn connect(self, url: &str) -> Result<RedisLog, ConnectError> {
        RedisLog::connect_with(self, url).await
    }

    /// How long the numbers of a channel are remembered. Not less than a watch needs to ask for them
    /// again.
    pub(super) fn remembered(&self) -> Duration {
        const LEAST: Duration = Duration::from_secs(60);
        self.age.saturating_mul(2).max(LEAST)
    }
}
