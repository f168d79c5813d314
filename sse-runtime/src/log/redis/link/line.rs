//! A connection that asks, over which many questions are under way at once.
//!
//! It is kept: when it is lost, the next question is refused at once, with the reason, and another is
//! made in the background. So a publisher learns within no time that nothing was written, and is never
//! behind a queue of those who wait for a server that is not there.

use std::sync::Arc;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, Pipeline, ServerErrorKind, Value};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::super::super::remote::{Connection, Connections};
use super::super::fault::Fault;
use super::{Dialed, Link, RECONNECTING, Server};

/// Questions at once. One more is taken for each [`WEIGHT`] bytes.
const ROOM: u32 = 4096;
const WEIGHT: usize = 16 * 1024;

/// The most bytes of one question.
pub(in super::super) const MAX_BYTES: usize = ROOM as usize * WEIGHT;

const NOT_PRIMARY: &str = "the server is not the primary any more";

/// Where one server is asked.
pub(in super::super) struct Line {
    connection: watch::Sender<Result<MultiplexedConnection, String>>,
    room: Semaphore,
    /// Told when the server says that it is not the primary.
    is_replica: Notify,
}

/// Something to be asked.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) command: &'a Cmd,
    pub(super) size: usize,
    /// Whether the server is to answer although the slot is not its own yet.
    pub(super) is_asking: bool,
    pub(super) deadline: Instant,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            connection: watch::Sender::new(Err("it is not connected yet".to_owned())),
            room: Semaphore::new(ROOM as usize),
            is_replica: Notify::new(),
        }
    }

    pub(super) async fn ask(&self, question: Question<'_>) -> Result<Value, Fault> {
        let weight = u32::try_from(1 + question.size / WEIGHT);
        let weight = weight.unwrap_or(ROOM).min(ROOM);
        let asked = Instant::now();
        // Before it waits: who cannot be asked is not waited for.
        self.connection()?;
        let room = timeout_at(question.deadline, self.room.acquire_many(weight)).await;
        let Ok(Ok(_room)) = room else {
            let busy = format!("{ROOM} questions were under way for {:?}", asked.elapsed());
            return Err(Fault::NotAsked(busy));
        };
        let mut connection = self.connection()?;
        let answer = timeout_at(question.deadline, send(&mut connection, question)).await;
        let answer = answer
            .map_err(|_| Fault::Unanswered(format!("it took longer than {:?}", asked.elapsed())))?;
        let answer = answer.map_err(Fault::of)?;
        if let Value::ServerError(error) = &answer
            && error.kind() == Some(ServerErrorKind::ReadOnly)
        {
            self.is_replica.notify_one();
        }
        Ok(answer)
    }

    /// It is asked over this connection from now on.
    pub(super) fn first(&self, dialed: &Dialed) {
        let connection = dialed.connection.clone();
        drop(self.connection.send_replace(Ok(connection)));
    }

    /// Waits until it is connected.
    pub(super) async fn connected(&self) {
        // Invariant: the sender is here, so there is no end of it.
        let _ = self.connection.subscribe().wait_for(Result::is_ok).await;
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection.borrow().is_ok()
    }

    fn connection(&self) -> Result<MultiplexedConnection, Fault> {
        match &*self.connection.borrow() {
            Ok(connection) => Ok(connection.clone()),
            Err(reason) => Err(Fault::NotAsked(reason.clone())),
        }
    }

    /// Looks after that of a server, as long as it is polled.
    pub(in super::super) async fn keep(
        &self,
        server: &Server,
        link: &Link,
        connections: &Arc<Connections>,
        first: Option<Dialed>,
    ) {
        let connection = connections.need(format!("asks {}", server.address()));
        let mut next = first;
        loop {
            let dialed = match next.take() {
                Some(dialed) => dialed,
                None => self.redial(server, &connection).await,
            };
            self.first(&dialed);
            connection.is_there();
            let reason = self.until_lost(server, dialed).await;
            self.lost(&connection, reason);
            // Another may have taken its place.
            link.is_stale();
        }
    }

    async fn redial(&self, server: &Server, connection: &Connection) -> Dialed {
        let mut backoff = RECONNECTING;
        loop {
            sleep(backoff.next()).await;
            match server.dial(drop).await {
                Ok(dialed) => return dialed,
                Err(error) => {
                    let reason = format!("cannot connect to `{}`: {error}", server.address());
                    self.lost(connection, reason);
                }
            }
        }
    }

    fn lost(&self, connection: &Connection, reason: String) {
        connection.is_lost(&reason);
        drop(self.connection.send_replace(Err(reason)));
    }

    /// Returns why it is.
    async fn until_lost(&self, server: &Server, mut dialed: Dialed) -> String {
        loop {
            tokio::select! {
                () = dialed.over.notified() => return "the connection was closed".to_owned(),
                () = self.is_replica.notified(), if server.is_looked_up() => {
                    return NOT_PRIMARY.to_owned();
                }
                () = sleep(server.timeout()) => {}
            }
            if let Err(reason) = is_alive(server, &mut dialed).await {
                return reason;
            }
        }
    }
}

async fn send(
    connection: &mut MultiplexedConnection,
    question: Question<'_>,
) -> ::redis::RedisResult<Value> {
    if !question.is_asking {
        return connection.send_packed_command(question.command).await;
    }
    let mut both = Pipeline::with_capacity(2);
    both.cmd("ASKING").add_command(question.command.clone());
    let answers = connection.send_packed_commands(&both, 1, 1).await?;
    Ok(answers.into_iter().next().unwrap_or(Value::Nil))
}

/// A peer that is gone without a word is found out by asking; one that is not the primary any more,
/// too.
pub(in super::super) async fn is_alive(server: &Server, dialed: &mut Dialed) -> Result<(), String> {
    let command = ::redis::cmd(if server.is_looked_up() {
        "ROLE"
    } else {
        "PING"
    });
    let answer = dialed.connection.send_packed_command(&command);
    match timeout(server.timeout(), answer).await {
        Ok(Ok(Value::Array(role))) if !is_primary(&role) => Err(NOT_PRIMARY.to_owned()),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {:?}", server.timeout())),
    }
}

fn is_primary(role: &[Value]) -> bool {
    matches!(role.first(), Some(Value::BulkString(role)) if role == b"master")
}
