//! How much a log in NATS keeps, where, and how it gets there.

use std::path::PathBuf;
use std::time::Duration;

use super::super::remote::{Certificates, ClientCertificate};
use super::super::{ConnectError, Record};
use super::NatsLog;

/// How much a [`NatsLog`] keeps, where, and how long it waits.
///
/// | bound | default | at the bound |
/// |---|---|---|
/// | [`events`](Self::events) of a channel | 1 000 | The oldest is dropped; a cursor before it is [`Truncated`](crate::log::Standing::Truncated), without a number. A batch counts as one. |
/// | [`age`](Self::age) of an event | 1 hour | Likewise. |
/// | [`ended`](Self::ended): how long an ended channel is kept | 10 minutes | It is forgotten, and the name is free. |
/// | [`max_record_bytes`](Self::max_record_bytes): an event and its key | 1 MiB | [`TooLarge`](crate::log::AppendError::TooLarge). |
/// | a batch | 65 536 events, and the server's `max_payload` (1 MiB) | Refused; [`TooLarge`](crate::log::AppendError::TooLarge). |
/// | [`timeout`](Self::timeout) of a question | 5 s | [`Unanswered`](crate::log::AppendError::Unanswered), [`Unavailable`](crate::log::ReadError::Unavailable) |
/// | [`idempotency_window`](Self::idempotency_window) | 2 minutes | The key is forgotten. |
/// | a read | 256 messages | There is more to be read. |
/// | hints that wait to be heard | 4 096 | A hint is lost, and the safety poll finds what it was about. |
///
/// What is kept is the setting of one stream: where that exists, connecting changes it to these
/// options, so all nodes should have the same.
///
/// ```no_run
/// use std::time::Duration;
/// use sse_runtime::log::NatsOptions;
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let log = NatsOptions::default()
///     .namespace("shop")
///     .events(10_000)
///     .age(Duration::from_secs(24 * 60 * 60))
///     .replicas(3)
///     .connect("nats://localhost")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NatsOptions {
    pub(super) namespace: String,
    /// The stream of somebody else, where it is not our own.
    pub(super) stream: Option<String>,
    pub(super) events: usize,
    pub(super) age: Duration,
    pub(super) ended: Duration,
    pub(super) max_record_bytes: usize,
    pub(super) timeout: Duration,
    pub(super) idempotency_window: Duration,
    pub(super) storage: NatsStorage,
    pub(super) replicas: usize,
    pub(super) access: Access,
}

/// Where a stream of NATS lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NatsStorage {
    /// In files: it outlives its server.
    #[default]
    File,
    /// In memory.
    Memory,
}

/// What the server wants to see, beside user and password or token, which are in the URL.
#[derive(Clone, Default)]
pub(super) struct Access {
    pub(super) credentials: Option<PathBuf>,
    pub(super) nkey: Option<String>,
    pub(super) certificates: Certificates,
}

/// Without what is secret.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("credentials", &self.credentials)
            .field("nkey", &self.nkey.as_ref().map(|_| "…"))
            .field("certificates", &self.certificates)
            .finish()
    }
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self {
            namespace: "sse".to_owned(),
            stream: None,
            events: 1000,
            age: Duration::from_secs(60 * 60),
            ended: Duration::from_secs(10 * 60),
            max_record_bytes: 1024 * 1024,
            timeout: Duration::from_secs(5),
            idempotency_window: Duration::from_secs(2 * 60),
            storage: NatsStorage::File,
            replicas: 1,
            access: Access::default(),
        }
    }
}

impl NatsOptions {
    /// What all subjects begin with, and the name of the stream: ASCII letters, digits, `-` and `_`.
    /// Logs of different namespaces know nothing of each other.
    #[must_use]
    pub fn namespace(self, namespace: impl Into<String>) -> Self {
        let namespace = namespace.into();
        Self { namespace, ..self }
    }

    /// Uses a stream that exists, and leaves its settings as they are: how much is kept, how long and
    /// where is said by those alone. It is a [`ConnectError`] where they do not fit: see
    /// [`NatsLog`](NatsLog#a-stream-of-your-own).
    #[must_use]
    pub fn stream(self, name: impl Into<String>) -> Self {
        let stream = Some(name.into());
        Self { stream, ..self }
    }

    /// How many events of a channel are kept: 1 at least. The server counts messages, and a batch is
    /// one.
    #[must_use]
    pub fn events(self, events: usize) -> Self {
        let events = events.max(1);
        Self { events, ..self }
    }

    /// How long an event is kept.
    #[must_use]
    pub fn age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    /// How long an ended channel is kept, and no longer than the [`age`](Self::age) of its end. Each
    /// node goes by its own clock.
    #[must_use]
    pub fn ended(self, ended: Duration) -> Self {
        Self { ended, ..self }
    }

    /// The largest event, with its key: at most [`Record::MAX_BYTES`]. The server has a bound of its
    /// own, `max_payload`, which holds for a whole batch.
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
    /// remembered: at most the [`age`](Self::age) of an event.
    #[must_use]
    pub fn idempotency_window(self, window: Duration) -> Self {
        Self {
            idempotency_window: window,
            ..self
        }
    }

    /// Where the stream lies. It cannot be changed once that exists.
    #[must_use]
    pub fn storage(self, storage: NatsStorage) -> Self {
        Self { storage, ..self }
    }

    /// On how many servers of a cluster the stream lies: 1, 3 or 5.
    #[must_use]
    pub fn replicas(self, replicas: usize) -> Self {
        Self { replicas, ..self }
    }

    /// The credentials file of a user: its JWT and its seed.
    #[must_use]
    pub fn credentials_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.access.credentials = Some(path.into());
        self
    }

    /// The seed of a user's nkey.
    #[must_use]
    pub fn nkey(mut self, seed: impl Into<String>) -> Self {
        self.access.nkey = Some(seed.into());
        self
    }

    /// The certificates, in a file of PEM, that the server's is to be signed by, in place of the
    /// system's. The server has to talk TLS then, whatever the URL says.
    ///
    /// A file that cannot be read or holds none is a [`ConnectError::InvalidUrl`], a server of which
    /// the certificate is signed by others is a [`ConnectError::Refused`].
    #[must_use]
    pub fn root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.access.certificates.roots = Some(path.into());
        self
    }

    /// The certificate and its private key, in files of PEM, that this client shows to a server that
    /// asks for one: with those behind it that lead to the authority which the server trusts, and a key
    /// that is not encrypted. The server has to talk TLS then, whatever the URL says. They are read
    /// once: after they are renewed, connect a new log.
    ///
    /// Files that cannot be read or do not fit each other are a [`ConnectError::InvalidUrl`], a server
    /// that does not accept the certificate is a [`ConnectError::Refused`].
    ///
    /// ```no_run
    /// use sse_runtime::log::NatsOptions;
    ///
    /// # async fn connect() -> Result<(), sse_runtime::log::ConnectError> {
    /// let log = NatsOptions::default()
    ///     .root_certificates("/etc/nats/ca.pem")
    ///     .client_certificate("/etc/nats/client.pem", "/etc/nats/client.key")
    ///     .connect("tls://nats.internal")
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
        self.access.certificates.client = Some(ClientCertificate {
            certificate: certificate.into(),
            key: key.into(),
        });
        self
    }

    /// Connects a log of these options to the server at `url`, as [`NatsLog::connect`] does.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] where the URL means nothing, nobody answers within the
    /// [timeout](Self::timeout), or who answers is no server that a log can use.
    pub async fn connect(self, url: &str) -> Result<NatsLog, ConnectError> {
        NatsLog::connect_with(self, url).await
    }
}
