//! One connection, which comes back when it was lost.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::super::remote::{Backoff, Connection, with_causes};
use super::target::{Target, Wire};
use super::trouble::Trouble;

/// The questions that are under way on one connection; more wait for their turn.
const MAX_UNDER_WAY: usize = 256;

/// How long to wait before the next attempt to connect.
pub(super) const RECONNECTING: Backoff =
    Backoff::new(Duration::from_millis(50), Duration::from_secs(5));

/// A connection over which questions are asked, one behind the other, without waiting for the answers in
/// between.
pub(super) struct Link {
    connection: Connection,
    timeout: Duration,
    client: Mutex<Result<Arc<Client>, Arc<str>>>,
    /// Which connection this is of those that there were.
    nth: AtomicU64,
    /// The connection is not trusted any more.
    doubted: Notify,
    room: Semaphore,
}

impl Link {
    /// A link that [`keep`](Self::keep) has to keep.
    pub(super) fn new(connection: Connection, client: Client, timeout: Duration) -> Self {
        Self {
            connection,
            timeout,
            client: Mutex::new(Ok(Arc::new(client))),
            nth: AtomicU64::new(0),
            doubted: Notify::new(),
            room: Semaphore::new(MAX_UNDER_WAY),
        }
    }

    /// Asks, and waits for the whole answer.
    pub(super) async fn ask(
        &self,
        question: &str,
        with: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Trouble> {
        let turn = timeout(self.timeout, self.room.acquire());
        let Ok(Ok(_turn)) = turn.await else {
            return Err(Trouble::Full);
        };
        let client = self.client().clone().map_err(Trouble::Away)?;
        let answer = match timeout(self.timeout, client.query_typed(question, with)).await {
            Ok(answer) => answer.map_err(Trouble::from),
            Err(_) => Err(Trouble::Late(self.timeout)),
        };
        if matches!(answer, Err(Trouble::Late(_))) {
            // What is behind this question would be late as well.
            self.doubted.notify_one();
        }
        answer
    }

    /// Another number with each connection, as what one server has said means nothing to another.
    pub(super) fn nth(&self) -> u64 {
        self.nth.load(Ordering::Relaxed)
    }

    /// Keeps the connection, beginning with that one. Never ends.
    pub(super) async fn keep(&self, target: &Target, mut wire: Wire) -> Infallible {
        let mut backoff = RECONNECTING;
        loop {
            let why: Arc<str> = tokio::select! {
                ended = &mut wire => match ended {
                    Ok(()) => "the connection was closed".into(),
                    Err(error) => super::trouble::told(&error).into(),
                },
                () = self.doubted.notified() => "it did not answer in time".into(),
            };
            drop(wire);
            *self.client() = Err(Arc::clone(&why));
            self.connection.is_lost(&why);
            wire = loop {
                sleep(backoff.next()).await;
                match target.connect().await {
                    Ok((client, wire)) => {
                        self.nth.fetch_add(1, Ordering::Relaxed);
                        *self.client() = Ok(Arc::new(client));
                        break wire;
                    }
                    Err(error) => {
                        let why = with_causes(&error);
                        self.connection.is_lost(&why);
                        *self.client() = Err(why.into());
                    }
                }
            };
            backoff = RECONNECTING;
            self.connection.is_there();
        }
    }

    fn client(&self) -> MutexGuard<'_, Result<Arc<Client>, Arc<str>>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
