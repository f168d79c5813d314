//! How a log in Postgres is set up.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::super::Record;
use super::super::remote::{Certificates, ClientCertificate, ConnectError};
use super::PostgresLog;
use super::migrate::{self, Migration};
use super::target::Target;

/// How a [`PostgresLog`] is set up.
///
/// What is kept holds for all who append, and they may use any driver: so those options are columns of
/// table `sse_log`. One that is given here is stored there by [`connect`](Self::connect); of nodes that
/// disagree, the one that started last is obeyed.
///
/// | option | default | stored |
/// |---|---|---|
/// | [`namespace`](Self::namespace): the schema | the first of the search path that has a log | |
/// | [`events`](Self::events) of a channel that are kept | 1 000 | yes |
/// | [`age`](Self::age) of an event that is kept | 1 hour | yes |
/// | [`ended`](Self::ended): how long an ended channel is kept | 10 minutes | yes |
/// | [`max_record_bytes`](Self::max_record_bytes) | 1 MiB | yes |
/// | [`idempotency_window`](Self::idempotency_window) | 2 minutes | yes |
/// | [`timeout`](Self::timeout) of a question | 5 s | |
/// | [`hints`](Self::hints): how a node learns of appends | [`Hints::Notify`] | |
/// | [`root_certificates`](Self::root_certificates) that are trusted | those of the system, where the URL asks for any | |
/// | [`client_certificate`](Self::client_certificate) that is shown | none | |
///
/// ```no_run
/// use std::time::Duration;
/// use sse_runtime::log::{Hints, PostgresOptions};
///
/// # async fn connect() -> Result<(), sse_runtime::log::ConnectError> {
/// let options = PostgresOptions::default()
///     .namespace("events")
///     .age(Duration::from_secs(24 * 3600))
///     .hints(Hints::Poll(Duration::from_millis(100)));
/// options.migrate("postgres://app@db/app").await?;
/// let log = options.connect("postgres://app@db/app").await?;
/// # drop(log);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresOptions {
    pub(super) namespace: Option<String>,
    pub(super) events: Option<u32>,
    pub(super) age: Option<Duration>,
    pub(super) ended: Option<Duration>,
    pub(super) max_record_bytes: Option<u32>,
    pub(super) idempotency_window: Option<Duration>,
    pub(super) timeout: Duration,
    pub(super) hints: Hints,
    pub(super) certificates: Certificates,
}

/// How a node learns that something was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hints {
    /// It listens, on a connection of its own: it learns of an append as soon as that is committed.
    ///
    /// Whoever appends notifies, and takes for that a lock of the whole database from shortly before
    /// its commit to its end: of transactions that append, one commits at a time. Where that is too
    /// slow, poll on all nodes, and `update sse_log set notify = false`.
    Notify,
    /// It asks so often where the channels end that are watched on it, with pauses of 10 ms at least. This
    /// is also what works through pgbouncer's transaction pooling, where listening does not.
    Poll(Duration),
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            namespace: None,
            events: None,
            age: None,
            ended: None,
            max_record_bytes: None,
            idempotency_window: None,
            timeout: Duration::from_secs(5),
            hints: Hints::Notify,
            certificates: Certificates::default(),
        }
    }
}

impl PostgresOptions {
    /// The schema that the log lies in. Logs in different schemas have nothing in common. Without one it
    /// is the first of the connection's search path that has a log, and a new log comes into the current
    /// schema: `public`, if nothing else was said to the server.
    #[must_use]
    pub fn namespace(self, schema: impl Into<String>) -> Self {
        Self {
            namespace: Some(schema.into()),
            ..self
        }
    }

    /// How many events of a channel are kept: 1 at least, and up to an eighth more than that, as not
    /// each append drops one.
    #[must_use]
    pub fn events(self, events: usize) -> Self {
        Self {
            events: Some(events.clamp(1, i32::MAX as usize) as u32),
            ..self
        }
    }

    /// How long an event is kept: not less, and some sixteenth longer.
    #[must_use]
    pub fn age(self, age: Duration) -> Self {
        Self {
            age: Some(age),
            ..self
        }
    }

    /// How long an ended channel is kept, whatever the age of its events.
    #[must_use]
    pub fn ended(self, ended: Duration) -> Self {
        Self {
            ended: Some(ended),
            ..self
        }
    }

    /// The bytes of an event, with its key, that are taken: at most 16 MiB.
    #[must_use]
    pub fn max_record_bytes(self, bytes: usize) -> Self {
        let most = Record::MAX_BYTES;
        Self {
            max_record_bytes: Some(bytes.clamp(1, most) as u32),
            ..self
        }
    }

    /// How long an [idempotency key](crate::log::IdempotencyKey) is remembered.
    #[must_use]
    pub fn idempotency_window(self, window: Duration) -> Self {
        Self {
            idempotency_window: Some(window),
            ..self
        }
    }

    /// How long the answer to one question may take: at least 100 ms. Waiting for a connection or for another
    /// transaction's channel may take as long again.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        let timeout = timeout.max(Duration::from_millis(100));
        Self { timeout, ..self }
    }

    /// How a node learns that something was appended.
    #[must_use]
    pub fn hints(self, hints: Hints) -> Self {
        Self { hints, ..self }
    }

    /// The certificates, in a file of PEM, that the server's is to be signed by, in place of the
    /// system's: as `sslrootcert` in the URL. Where the URL has no `sslmode`, it is then `verify-full`;
    /// `disable` is refused.
    ///
    /// A file that cannot be read or holds none is a [`ConnectError::InvalidUrl`], a server of which
    /// the certificate is signed by others is a [`ConnectError::Refused`].
    #[must_use]
    pub fn root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.certificates.roots = Some(path.into());
        self
    }

    /// The certificate and its private key, in files of PEM, that this client shows to a server that
    /// asks for one: as `sslcert` and `sslkey` in the URL, with those behind it that lead to the
    /// authority which the server trusts, and a key that is not encrypted. Where the URL has no
    /// `sslmode`, it is then `verify-full`; `disable` is refused. They are read once: after they are
    /// renewed, connect a new log.
    ///
    /// Files that cannot be read or do not fit each other are a [`ConnectError::InvalidUrl`], a server
    /// that does not accept the certificate is a [`ConnectError::Refused`].
    ///
    /// ```no_run
    /// use sse_runtime::log::PostgresOptions;
    ///
    /// # async fn connect() -> Result<(), sse_runtime::log::ConnectError> {
    /// let log = PostgresOptions::default()
    ///     .root_certificates("/etc/postgres/ca.pem")
    ///     .client_certificate("/etc/postgres/client.pem", "/etc/postgres/client.key")
    ///     .connect("postgres://app@db.internal/app")
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

    /// Makes the schema, or brings it up to date: what [`PostgresLog::migrations`] lists, as far as it was
    /// not run, in one transaction. Nodes that start at once wait for each other, and whoever is second
    /// finds it done.
    ///
    /// It needs the right to make tables and functions; a log itself does not.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], and then nothing has changed.
    pub async fn migrate(&self, url: &str) -> Result<(), ConnectError> {
        migrate::migrate(self, url).await
    }

    /// Connects to a database that has the schema.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] where the URL or the [namespace](Self::namespace) means nothing, nobody answers
    /// within the [timeout](Self::timeout), the role may not do what a log does, or the schema is not
    /// there or of another version.
    pub async fn connect(self, url: &str) -> Result<PostgresLog, ConnectError> {
        PostgresLog::open(&self, url).await
    }

    pub(super) fn target(&self, url: &str) -> Result<Target, ConnectError> {
        if let Some(name) = &self.namespace {
            // Longer names are cut off, and would be the same for two logs.
            if name.is_empty() || name.len() > 63 || name.contains('\0') {
                let why = format!("`{name}` is no name of a schema; give it 1 to 63 bytes");
                return Err(ConnectError::InvalidUrl(why.into()));
            }
        }
        Target::new(url, self.timeout, &self.certificates)
    }

    /// Stores what was said of what is kept.
    pub(super) async fn store(
        &self,
        client: &Client,
        schema: &str,
    ) -> Result<(), tokio_postgres::Error> {
        let seconds = |it: Option<Duration>| it.map(|it| it.as_secs_f64());
        let number = |it: Option<u32>| it.map(u32::cast_signed);
        let (events, bytes) = (number(self.events), number(self.max_record_bytes));
        let (age, ended) = (seconds(self.age), seconds(self.ended));
        let window = seconds(self.idempotency_window);
        let is_said = events.or(bytes).is_some() || age.or(ended).or(window).is_some();
        if !is_said {
            return Ok(());
        }
        let store = format!(
            "update {schema}.sse_log l set events = n.events, max_record_bytes = n.bytes, age = n.age, \
             ended = n.ended, idempotency_window = n.once \
             from (select coalesce($1, events) as events, coalesce($2, max_record_bytes) as bytes, \
             coalesce(make_interval(secs => $3), age) as age, \
             coalesce(make_interval(secs => $4), ended) as ended, \
             coalesce(make_interval(secs => $5), idempotency_window) as once \
             from {schema}.sse_log) n \
             where (l.events, l.max_record_bytes, l.age, l.ended, l.idempotency_window) \
             is distinct from (n.events, n.bytes, n.age, n.ended, n.once)"
        );
        let said = [
            (&events as _, Type::INT4),
            (&bytes as _, Type::INT4),
            (&age as _, Type::FLOAT8),
            (&ended as _, Type::FLOAT8),
            (&window as _, Type::FLOAT8),
        ];
        client.query_typed(&store, &said).await.map(drop)
    }
}

impl PostgresLog {
    /// The schema that a log needs, for a tool that runs migrations: numbered files, each to be run once
    /// and in their order. They are in `sse-runtime/src/log/postgres/migrations`, too.
    #[must_use]
    pub fn migrations() -> &'static [Migration] {
        migrate::MIGRATIONS
    }
}
