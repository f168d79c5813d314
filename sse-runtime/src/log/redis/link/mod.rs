//! The connection that asks: one for each log, over which many questions are under way at once.
//!
//! It is kept: when it is lost, the next question is refused at once, with the reason, and another is
//! made in the background. So a publisher learns within no time that nothing was written, and is never
//! behind a queue of those who wait for a server that is not there.

mod backoff;
mod dial;
mod keep;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, ServerErrorKind, Value};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

pub(super) use backoff::Backoff;
pub(super) use dial::{Dialed, Server};
pub(super) use keep::{is_alive, keep};

use super::fault::Fault;
use super::script::Call;

/// Questions at once. One more is taken for each [`WEIGHT`] bytes.
const ROOM: u32 = 4096;
const WEIGHT: usize = 16 * 1024;

/// The most bytes of one question.
pub(super) const MAX_BYTES: usize = ROOM as usize * WEIGHT;

/// Where questions are asked.
pub(super) struct Link {
    connection: Mutex<Result<MultiplexedConnection, String>>,
    room: Semaphore,
    timeout: Duration,
}

impl Link {
    pub(super) fn new(connection: MultiplexedConnection, timeout: Duration) -> Self {
        Self {
            connection: Mutex::new(Ok(connection)),
            room: Semaphore::new(ROOM as usize),
            timeout,
        }
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Has the server run a script.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Value, Fault> {
        let deadline = Instant::now() + self.timeout;
        let size = call.size();
        match self.ask_until(deadline, &call.by_hash(), size).await? {
            // It ran nothing, so it can be asked again.
            Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript) => {
                answer(self.ask_until(deadline, &call.by_code(), size).await?)
            }
            other => answer(other),
        }
    }

    /// Asks anything else, of so many bytes.
    pub(super) async fn ask(&self, command: &Cmd, size: usize) -> Result<Value, Fault> {
        let deadline = Instant::now() + self.timeout;
        answer(self.ask_until(deadline, command, size).await?)
    }

    async fn ask_until(
        &self,
        deadline: Instant,
        command: &Cmd,
        size: usize,
    ) -> Result<Value, Fault> {
        let weight = u32::try_from(1 + size / WEIGHT).unwrap_or(ROOM).min(ROOM);
        // Before it waits: who cannot be asked is not waited for.
        self.connection()?;
        let room = timeout_at(deadline, self.room.acquire_many(weight)).await;
        let Ok(Ok(_room)) = room else {
            let busy = format!("{ROOM} questions were under way for {:?}", self.timeout);
            return Err(Fault::NotAsked(busy));
        };
        let mut connection = self.connection()?;
        let answer = timeout_at(deadline, connection.send_packed_command(command)).await;
        let answer = answer
            .map_err(|_| Fault::Unanswered(format!("it took longer than {:?}", self.timeout)))?;
        answer.map_err(Fault::of)
    }

    fn connection(&self) -> Result<MultiplexedConnection, Fault> {
        match &*self.state() {
            Ok(connection) => Ok(connection.clone()),
            Err(reason) => Err(Fault::NotAsked(reason.clone())),
        }
    }

    fn connected(&self, connection: MultiplexedConnection) {
        *self.state() = Ok(connection);
    }

    fn lost(&self, reason: String) {
        *self.state() = Err(reason);
    }

    fn state(&self) -> MutexGuard<'_, Result<MultiplexedConnection, String>> {
        // Whole between any two statements.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(value: Value) -> Result<Value, Fault> {
    match value {
        Value::ServerError(error) => Err(Fault::of_server(&error)),
        value => Ok(value),
    }
}
