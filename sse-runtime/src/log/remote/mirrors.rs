//! What a node keeps of the channels that are watched there.

mod flight;
mod hearing;
mod rounds;
mod watches;

use std::collections::{HashMap, VecDeque};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

use tokio::time::Instant;

use super::super::watchers::Call;
use super::super::{AppendError, ChannelName, Cursor, Health, Limit, Page, ReadError};
use super::engine::{Engine, Retention, Write, Written};
use super::health::{Asked, Troubles};
use super::interest::Changes;
use super::mirror::{Due, Mirror, Progress};
use super::turnstile::Turn;
use super::work::Work;
use crate::metrics::{self, Appending};
pub(super) use flight::{Flight, Writing};
pub(super) use rounds::ROUND;

/// What all records in memory may take. At the bound those are dropped that nobody has read for
/// longest.
const ALL_BYTES: usize = 64 * 1024 * 1024;

/// A hint that was lost is warned of, and then no other until none was for so long.
const SPELL: Duration = Duration::from_secs(60);

/// All channels that are watched on this node.
#[derive(Default)]
pub(crate) struct Mirrors {
    channels: RwLock<Channels>,
    changes: Changes,
    work: Work,
    troubles: Troubles,
    log: OnceLock<Log>,
    /// What all rings hold.
    held: AtomicUsize,
    turns: Mutex<Turns>,
}

/// Whose channels they are.
struct Log {
    retention: Retention,
    metrics: metrics::Log,
}

#[derive(Default)]
struct Channels {
    mirrors: HashMap<ChannelName, Arc<Mirror>>,
    /// Hints of every channel come, whether it is watched or not.
    hears_all: bool,
}

/// Whose turn it is.
#[derive(Default)]
struct Turns {
    /// To be looked at: all channels.
    looks: VecDeque<Arc<Mirror>>,
    /// To be dropped: all that hold records, since when.
    holding: VecDeque<(Arc<Mirror>, Instant)>,
    /// To be forgotten: those that nobody watches, since when.
    lingering: VecDeque<(Arc<Mirror>, Instant)>,
    /// When the newest hint was lost.
    lost: Option<Instant>,
}

/// For who reads and appends.
impl Mirrors {
    pub(super) fn serve<E: Engine>(&self, engine: &E) {
        let log = Log {
            retention: engine.retention(),
            metrics: metrics::Log::of(E::NAME),
        };
        // A log is made once.
        let _ = self.log.set(log);
    }

    /// Until there is a log, nobody asks anything.
    fn metrics(&self) -> Option<&metrics::Log> {
        Some(&self.log.get()?.metrics)
    }

    pub(super) fn find(&self, channel: &ChannelName) -> Option<Arc<Mirror>> {
        self.channels().mirrors.get(channel).cloned()
    }

    pub(super) fn health(&self) -> Health {
        self.troubles.health()
    }

    /// What this node knows of what comes after `cursor`.
    pub(super) fn answer(&self, mirror: &Mirror, cursor: Cursor, limit: Limit) -> Option<Page> {
        self.lock(mirror).answer(cursor, limit)
    }

    /// A read of that channel begins.
    pub(super) fn begin<'a>(
        &'a self,
        mirror: &'a Arc<Mirror>,
        turn: Turn<'a, (Cursor, Limit), Page>,
        from: Cursor,
    ) -> Flight<'a> {
        Flight {
            mirrors: self,
            mirror,
            begun: mirror.progress().begin(from),
            turn: Some(turn),
        }
    }

    /// The same from the end on, if it is to be read on there and nobody does so.
    pub(super) fn begin_at_end<'a>(&'a self, mirror: &'a Arc<Mirror>) -> Option<Flight<'a>> {
        let turn = mirror.reads.try_pass()?;
        let mut progress = mirror.progress();
        let Some(from) = progress.to_read() else {
            drop(progress);
            drop(turn);
            // Who wanted the turn meanwhile has left it at that.
            let due = mirror.progress().due();
            self.carry_out(mirror, due);
            return None;
        };
        Some(Flight {
            mirrors: self,
            mirror,
            begun: progress.begin(from),
            turn: Some(turn),
        })
    }

    /// This node begins to append so many records with dense numbers.
    pub(super) fn writes(&self, channel: &ChannelName, records: usize) -> Writing<'_> {
        let mirror = self.find(channel);
        let records = records as u64;
        if let Some(mirror) = &mirror {
            mirror.progress().writes(records);
        }
        Writing {
            mirrors: self,
            mirror,
            records,
        }
    }

    pub(super) fn wrote(
        &self,
        channel: &ChannelName,
        write: &Write<'_>,
        written: &Written,
        is_dense: bool,
    ) {
        if let Some(mirror) = self.find(channel) {
            let now = Instant::now();
            self.change(&mirror, |progress| {
                progress.wrote(write, written, is_dense, now)
            });
        }
    }

    /// What became of a question: whoever asked.
    pub(super) fn note<T>(&self, answer: &Result<T, ReadError>) {
        if let Some(metrics) = self.metrics() {
            metrics.read(answer);
        }
        match answer {
            Err(ReadError::Unavailable(error)) => {
                self.work.unanswered();
                self.troubles.unanswered(Asked::Read, &**error);
            }
            Ok(_) | Err(ReadError::Unreadable(_)) => {
                self.work.answered();
                self.troubles.answered(Asked::Read);
            }
        }
    }

    /// What became of an append.
    pub(super) fn note_write<T>(&self, append: Appending, answer: &Result<T, AppendError>) {
        if let Some(metrics) = self.metrics() {
            metrics.appended(append, answer);
        }
        self.note_append(answer);
    }

    /// The same of a signal.
    pub(super) fn note_append<T>(&self, answer: &Result<T, AppendError>) {
        match answer {
            Err(AppendError::Refused(error) | AppendError::Unanswered(error)) => {
                self.troubles.unanswered(Asked::Append, &**error);
            }
            Ok(_) | Err(_) => self.troubles.answered(Asked::Append),
        }
    }
}

/// What all of them share.
impl Mirrors {
    /// Lets something happen to a channel, and does what is to be done about it.
    fn change(&self, mirror: &Arc<Mirror>, change: impl FnOnce(&mut Progress) -> Due) {
        let due = self.apply(mirror, change);
        self.carry_out(mirror, due);
    }

    fn apply(&self, mirror: &Arc<Mirror>, change: impl FnOnce(&mut Progress) -> Due) -> Due {
        let mut progress = self.lock(mirror);
        if progress.is_gone {
            return Due::default();
        }
        let due = change(&mut progress);
        let begins_to_hold = progress.size() > 0 && !progress.is_holding;
        progress.is_holding |= begins_to_hold;
        drop(progress);
        if begins_to_hold {
            let mirror = Arc::clone(mirror);
            self.turns().holding.push_back((mirror, Instant::now()));
        }
        if self.held.load(Ordering::Relaxed) > ALL_BYTES {
            self.make_room(Instant::now());
        }
        due
    }

    fn carry_out(&self, mirror: &Arc<Mirror>, due: Due) {
        if due.look {
            self.work.look(mirror);
        }
        if due.read {
            self.work.read(mirror);
        }
        if due.lost_hint {
            self.lost_hint(mirror);
        }
        if let Some(to) = due.tell {
            mirror.watchers.call(Call::appended(to));
        }
    }

    fn lost_hint(&self, mirror: &Mirror) {
        if let Some(metrics) = self.metrics() {
            metrics.lost_hint();
        }
        let now = Instant::now();
        let last = self.turns().lost.replace(now);
        let is_new = last.is_none_or(|last| now.saturating_duration_since(last) >= SPELL);
        if is_new {
            tracing::warn!(
                channel = mirror.name.as_str(),
                "a channel has more of which no hint came; it was found by looking"
            );
        }
    }

    fn lock<'a>(&'a self, mirror: &'a Mirror) -> Locked<'a> {
        let progress = mirror.progress();
        Locked {
            held: &self.held,
            before: progress.size(),
            progress,
        }
    }

    fn channels(&self) -> RwLockReadGuard<'_, Channels> {
        // Whole between any two statements, as all that is behind these locks.
        self.channels.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn channels_mut(&self) -> RwLockWriteGuard<'_, Channels> {
        self.channels
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A channel that something happens to. What it holds is counted when that is over.
struct Locked<'a> {
    progress: MutexGuard<'a, Progress>,
    before: usize,
    held: &'a AtomicUsize,
}

impl Deref for Locked<'_> {
    type Target = Progress;

    fn deref(&self) -> &Progress {
        &self.progress
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Progress {
        &mut self.progress
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let after = self.progress.size();
        if after >= self.before {
            self.held.fetch_add(after - self.before, Ordering::Relaxed);
        } else {
            self.held.fetch_sub(self.before - after, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
impl Mirrors {
    pub(super) fn has_lost_hints(&self) -> bool {
        self.turns().lost.is_some()
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    pub(super) fn watched(&self) -> usize {
        self.channels().mirrors.len()
    }
}
