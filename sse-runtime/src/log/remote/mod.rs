//! What logs on the network have in common: what a node keeps of the channels that are watched there,
//! so that each is read once, however many follow it.
//!
//! An [`Engine`] asks; [`Remote`] answers whoever it can from the [`Mirrors`], and asks the engine for
//! the rest. The engine's own task tells the mirrors what it hears:
//!
//! ```text
//! engine ── hint, signal ──▶ mirrors ── wakes ──▶ watches
//!    ◀───── reads once ───────┘   ▲
//!                                 └── reads ── subscribers
//! ```
//!
//! # The rules
//!
//! - *A hint wakes nobody.* The channel is read on once, by [`pump`], and then those are woken who want
//!   what has come: they find it in memory. Hints that come meanwhile are one more read. What this node
//!   has appended itself is not read back where it follows on what is there; where nobody knows that, as
//!   numbers have holes, the hint is waited for, which may bring it.
//! - *What is answered from memory is true.* A [`mirror`] knows a place up to which all watches were
//!   told. "Nothing more" is said only where hints come, the end was looked at since they do, and none
//!   points beyond it. That a cursor is ahead, truncated or of another epoch only the engine says.
//! - *Memory is a cache.* A [`ring`] that is dropped costs reads.
//! - *One question at a time* ([`turnstile`]): of one channel one read is under way, whoever asked for
//!   it, and who comes meanwhile finds in memory what it brought.
//! - *A hint may be lost.* Each channel is looked at once a second, up to 2 000 of them.
//! - *An engine that does not answer* is asked by one, with pauses in between ([`work`]). Nothing grows
//!   meanwhile: a channel waits in one queue once, and where it is read on from is one number.
//!
//! No lock is held while the engine is asked, or while anybody is woken.

mod backoff;
mod causes;
mod certificates;
mod connect;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod connections;
mod distrust;
mod engine;
mod event_log;
mod health;
mod interest;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod lives;
mod mirror;
mod mirrors;
mod pump;
mod ring;
#[cfg(test)]
mod tests;
mod turnstile;
mod watch;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub(crate) use backoff::Backoff;
#[cfg(any(feature = "nats", feature = "postgres"))]
pub(crate) use causes::with_causes;
pub(crate) use certificates::{Certificates, ClientCertificate};
pub use connect::ConnectError;
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) use connections::{Connection, Connections};
pub(crate) use distrust::distrust;
pub(crate) use engine::{End, Engine, Retention, Write, Written};
pub(crate) use event_log::remote_log;
pub(crate) use interest::Interest;
#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) use lives::Lives;
pub(crate) use mirrors::Mirrors;
pub use watch::RemoteWatch;

use turnstile::Pass;

use super::{
    AppendError, ChannelName, Channels, Cursor, Extent, Health, Keys, Limit, Page, Property,
    ReadError, Record,
};
use crate::metrics::Appending;

/// What subscribers ask at once, besides what is [read for all](pump).
const QUESTIONS: usize = 32;

/// How long one waits for its turn among them: no longer than for an answer, or a thousand would wait
/// one after the other for an engine that is away.
const PATIENCE: Duration = Duration::from_secs(5);

/// A log on the network. Dropping it ends its tasks.
pub(crate) struct Remote<E> {
    engine: Arc<E>,
    mirrors: Arc<Mirrors>,
    questions: Semaphore,
    _tasks: JoinSet<()>,
}

impl<E: Engine> Remote<E> {
    /// Around an engine that tells those mirrors what it hears. Within a runtime of tokio, which it
    /// needs as long as it is used.
    pub(crate) fn new(engine: Arc<E>, mirrors: Arc<Mirrors>) -> Self {
        mirrors.serve(&*engine);
        Self {
            _tasks: pump::start(&engine, &mirrors),
            engine,
            mirrors,
            questions: Semaphore::new(QUESTIONS),
        }
    }

    #[cfg(feature = "redis")]
    pub(crate) fn engine(&self) -> &E {
        &self.engine
    }

    pub(crate) async fn write(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> Result<Written, AppendError> {
        let is_dense = E::PROPERTIES.has(Property::DenseIds);
        let _writing = is_dense.then(|| self.mirrors.writes(channel, write.records.len()));
        let append = Appending::begin();
        let written = self.engine.append(channel, write).await;
        self.mirrors.note_write(append, &written);
        let written = written?;
        self.mirrors.wrote(channel, &write, &written, is_dense);
        Ok(written)
    }

    pub(crate) async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        let Some(mirror) = self.mirrors.find(channel) else {
            let read = self.engine.read_after(channel, cursor, limit);
            return self.ask(read).await;
        };
        if let Some(page) = self.mirrors.answer(&mirror, cursor, limit) {
            return Ok(page);
        }
        let known = || self.mirrors.answer(&mirror, cursor, limit);
        let answer = match mirror.reads.pass((cursor, limit), known).await {
            Pass::Told(answer) => answer,
            Pass::Turn(turn) => {
                let flight = self.mirrors.begin(&mirror, turn, cursor);
                let wide = flight.widened(limit);
                let read = self.engine.read_after(channel, cursor, wide);
                flight.land(self.ask(read).await, limit)
            }
        };
        Ok(answer?)
    }

    pub(crate) async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        let Some(mirror) = self.mirrors.find(channel) else {
            return self.ask(self.engine.extent(channel)).await;
        };
        let answer = match mirror.extents.pass((), || None).await {
            Pass::Told(answer) => answer,
            Pass::Turn(turn) => {
                let answer = self.ask(self.engine.extent(channel)).await;
                let answer = answer.map_err(Into::into);
                turn.tell((), &answer);
                answer
            }
        };
        Ok(answer?)
    }

    pub(crate) async fn rewind(
        &self,
        channel: &ChannelName,
        records: usize,
    ) -> Result<Cursor, ReadError> {
        self.ask(self.engine.rewind(channel, records)).await
    }

    pub(crate) fn watch(&self, channels: &Channels, keys: Option<&Keys>) -> RemoteWatch {
        RemoteWatch::new(&self.mirrors, channels, keys)
    }

    pub(crate) async fn signal(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<(), AppendError> {
        let signalled = self.engine.signal(channel, record).await;
        self.mirrors.note_append(&signalled);
        signalled
    }

    pub(crate) fn health(&self) -> Health {
        self.mirrors.health()
    }

    async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, ReadError>>,
    ) -> Result<T, ReadError> {
        let Ok(_permit) = timeout(PATIENCE, self.questions.acquire()).await else {
            let source = format!("{QUESTIONS} questions were not answered within {PATIENCE:?}");
            return Err(ReadError::Unavailable(source.into()));
        };
        let answer = question.await;
        self.mirrors.note(&answer);
        answer
    }
}
