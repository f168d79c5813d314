//! What a node keeps of the channels that are watched there.

use std::collections::{HashMap, VecDeque};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::super::watch::Shout;
use super::super::watchers::{Call, Watcher};
use super::super::{AppendError, ChannelName, Cursor, Health, Keys, Limit, Page, ReadError};
use super::engine::{End, Retention, Write, Written};
use super::health::{Asked, Troubles};
use super::interest::{Changes, Interest};
use super::mirror::{Begun, Due, Mirror, Progress};
use super::ring::AGE;
use super::turnstile::{Answer, Shared, Turn};
use super::work::{Job, Work};

/// How long a channel is listened to that nobody watches any more: whoever reloads a page, or comes
/// back after a network has changed, finds it as it was.
const LINGER: Duration = Duration::from_secs(10);

/// How many of those there are. At the bound the one that was left first is let go.
const MAX_LINGERING: usize = 1000;

/// What all records in memory may take. At the bound those are dropped that nobody has read for
/// longest.
const ALL_BYTES: usize = 64 * 1024 * 1024;

/// How often what was not hinted of is looked for, and of how many channels at once.
pub(super) const ROUND: Duration = Duration::from_secs(1);
const LOOKS: usize = 2000;

/// A hint that was lost is warned of, and then no other until none was for so long.
const SPELL: Duration = Duration::from_secs(60);

/// All channels that are watched on this node.
#[derive(Default)]
pub(crate) struct Mirrors {
    channels: RwLock<Channels>,
    changes: Changes,
    work: Work,
    troubles: Troubles,
    retention: OnceLock<Retention>,
    /// What all rings hold.
    held: AtomicUsize,
    turns: Mutex<Turns>,
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

/// For the engine's task: what it hears.
impl Mirrors {
    /// The next channel that has begun or ceased to be watched. Nothing is lost where the future is
    /// dropped.
    pub(crate) async fn interest(&self) -> Interest {
        loop {
            if let Some(interest) = self.take_interest() {
                return interest;
            }
            self.changes.more().await;
        }
    }

    /// The same, where there is one now.
    pub(crate) fn take_interest(&self) -> Option<Interest> {
        let name = self.changes.take()?;
        Some(match self.find(&name) {
            Some(_) => Interest::Watched(name),
            None => Interest::Unwatched(name),
        })
    }

    /// Hints of all that is appended to the channel come from now on: the server has said so.
    pub(crate) fn heard(&self, channel: &ChannelName) {
        if let Some(mirror) = self.find(channel) {
            self.change(&mirror, Progress::heard);
        }
        self.work.try_now();
    }

    /// Hints of all channels come from now on, whether they are watched already or not: for an engine
    /// that hears of everything.
    #[cfg(feature = "postgres")]
    pub(crate) fn heard_all(&self) {
        let mut channels = self.channels_mut();
        channels.hears_all = true;
        let mirrors: Vec<_> = channels.mirrors.values().cloned().collect();
        drop(channels);
        for mirror in mirrors {
            self.change(&mirror, Progress::heard);
        }
        self.work.try_now();
    }

    /// No hints come any more. All that is watched is told once more as `Interest::Watched`.
    #[cfg(any(test, feature = "nats", feature = "postgres"))]
    pub(crate) fn deaf(&self) {
        self.channels_mut().hears_all = false;
        self.deaf_to(|_| true);
    }

    /// The same of those channels of which this holds.
    pub(crate) fn deaf_to(&self, is_deaf: impl Fn(&ChannelName) -> bool) {
        let mirrors: Vec<_> = self.channels().mirrors.values().cloned().collect();
        let deaf: Vec<_> = mirrors
            .into_iter()
            .filter(|mirror| is_deaf(&mirror.name))
            .collect();
        for mirror in &deaf {
            mirror.progress().deaf();
        }
        self.changes
            .add(deaf.iter().map(|mirror| mirror.name.clone()));
    }

    /// A channel has more: up to that place, where it is known. That it has ended is hinted without
    /// one, as a place that was read already is nothing new.
    pub(crate) fn hinted(&self, channel: &ChannelName, end: Option<Cursor>) {
        if let Some(mirror) = self.find(channel) {
            let now = Instant::now();
            self.change(&mirror, |progress| progress.hinted(end, now));
        }
    }

    /// A signal has come. `wire` is the record's lines and a blank line.
    pub(crate) fn signalled(&self, channel: &ChannelName, key: Option<Arc<str>>, wire: Bytes) {
        if let Some(mirror) = self.find(channel) {
            mirror.watchers.call(Call::signal((key, wire)));
        }
    }

    /// The engine's task cannot do its work, for that reason. Of reads and appends that fail it need
    /// not tell: who asked does.
    pub(crate) fn impaired(&self, reason: impl Into<String>) {
        self.troubles.link(Some(reason.into()));
    }

    /// The engine's task does its work.
    pub(crate) fn serving(&self) {
        self.troubles.link(None);
        self.work.try_now();
    }
}

/// For watches.
impl Mirrors {
    pub(super) fn join(
        &self,
        channel: &ChannelName,
        watcher: &Arc<Watcher<Shout>>,
        index: usize,
        keys: Option<&Keys>,
    ) {
        if let Some(mirror) = self.channels().mirrors.get(channel) {
            return join(mirror, watcher, index, keys);
        }
        let mut channels = self.channels_mut();
        let hears = channels.hears_all;
        let mut is_new = false;
        let mirror = channels.mirrors.entry(channel.clone());
        let mirror = Arc::clone(mirror.or_insert_with(|| {
            is_new = true;
            let retention = self.retention.get().copied().unwrap_or_default();
            Arc::new(Mirror::new(channel.clone(), retention))
        }));
        join(&mirror, watcher, index, keys);
        drop(channels);
        if is_new {
            self.turns().looks.push_back(Arc::clone(&mirror));
            self.changes.add([channel.clone()]);
            if hears {
                self.change(&mirror, Progress::heard);
            }
        }
    }

    pub(super) fn left(&self, channel: &ChannelName, keys: Option<&Keys>) {
        let Some(mirror) = self.find(channel) else {
            return;
        };
        let now = Instant::now();
        let mut progress = mirror.progress();
        progress.watches = progress.watches.saturating_sub(1);
        match keys {
            None => mirror.watchers.left(),
            Some(keys) => {
                progress.watches_of_keys = progress.watches_of_keys.saturating_sub(1);
                mirror.watchers.left_keys(keys.iter())
            }
        };
        if progress.watches > 0 {
            return;
        }
        progress.left_at = Some(now);
        drop(progress);
        let mut turns = self.turns();
        turns.lingering.push_back((mirror, now));
        let surplus = turns.lingering.len() > MAX_LINGERING;
        let surplus = surplus.then(|| turns.lingering.pop_front()).flatten();
        drop(turns);
        if let Some((mirror, left_at)) = surplus {
            self.forget(&mirror, left_at);
        }
    }

    /// Forgets a channel that nobody has watched since.
    fn forget(&self, mirror: &Arc<Mirror>, left_at: Instant) {
        let mut channels = self.channels_mut();
        let mut progress = self.lock(mirror);
        if progress.is_gone || progress.left_at != Some(left_at) {
            return;
        }
        progress.is_gone = true;
        progress.clear();
        drop(progress);
        channels.mirrors.remove(&mirror.name);
        let spare = channels.mirrors.capacity() / 4;
        if channels.mirrors.len() < spare {
            let twice = 2 * channels.mirrors.len();
            channels.mirrors.shrink_to(twice);
        }
        drop(channels);
        self.changes.add([mirror.name.clone()]);
    }
}

fn join(mirror: &Mirror, watcher: &Arc<Watcher<Shout>>, index: usize, keys: Option<&Keys>) {
    let mut progress = mirror.progress();
    progress.watches += 1;
    progress.left_at = None;
    match keys {
        None => mirror.watchers.join(watcher, index),
        Some(keys) => {
            progress.watches_of_keys += 1;
            mirror.watchers.join_keys(watcher, index, keys.iter());
        }
    }
}

/// For who reads and appends.
impl Mirrors {
    pub(super) fn keeps(&self, retention: Retention) {
        // A log is made once.
        let _ = self.retention.set(retention);
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

    pub(super) fn note_append<T>(&self, answer: &Result<T, AppendError>) {
        match answer {
            Err(AppendError::Refused(error) | AppendError::Unanswered(error)) => {
                self.troubles.unanswered(Asked::Append, &**error);
            }
            Ok(_) | Err(_) => self.troubles.answered(Asked::Append),
        }
    }
}

/// An append that is under way.
pub(super) struct Writing<'a> {
    mirrors: &'a Mirrors,
    mirror: Option<Arc<Mirror>>,
    records: u64,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if let Some(mirror) = &self.mirror {
            self.mirrors
                .change(mirror, |progress| progress.no_longer_writes(self.records));
        }
    }
}

/// A read that is under way. Where it is dropped, it is somebody else's to do.
pub(super) struct Flight<'a> {
    mirrors: &'a Mirrors,
    mirror: &'a Arc<Mirror>,
    begun: Begun,
    turn: Option<Turn<'a, (Cursor, Limit), Page>>,
}

impl Flight<'_> {
    pub(super) fn from(&self) -> Cursor {
        self.begun.from
    }

    /// How much to read for a reader with that limit: more where it stays in memory for others.
    pub(super) fn widened(&self, limit: Limit) -> Limit {
        if !self.mirror.progress().is_within(self.begun.from) {
            return limit;
        }
        let whole = Limit::default();
        let (records, bytes) = (limit.records(), limit.bytes());
        Limit::new(whole.records().max(records), whole.bytes().max(bytes))
    }

    /// What came of it, and as much as a reader with that limit is given.
    pub(super) fn land(mut self, answer: Result<Page, ReadError>, limit: Limit) -> Answer<Page> {
        let answer = answer.map_err(Shared::from);
        let now = Instant::now();
        let due = self.mirrors.apply(self.mirror, |progress| match &answer {
            Ok(page) => progress.landed(&self.begun, page, now),
            Err(error) if error.is_unavailable => progress.gave_up(&self.begun),
            Err(_) => progress.cannot_read(&self.begun),
        });
        let answer = answer.map(|page| page.cut(limit));
        if let Some(turn) = self.turn.take() {
            turn.tell((self.begun.from, limit), &answer);
        }
        // Only now, as whoever is to read on needs the turn.
        match &answer {
            Err(error) if error.is_unavailable && due.read => {
                self.mirrors.keep(Job::Read(Arc::clone(self.mirror)));
            }
            _ => self.mirrors.carry_out(self.mirror, due),
        }
        answer
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            let due = self
                .mirrors
                .apply(self.mirror, |progress| progress.gave_up(&self.begun));
            drop(turn);
            self.mirrors.carry_out(self.mirror, due);
        }
    }
}

/// For the tasks of a log.
impl Mirrors {
    pub(super) async fn next_job(&self) -> Job {
        self.work.next().await
    }

    pub(super) fn not_asked(&self) {
        self.work.not_asked();
    }

    pub(super) fn keep(&self, job: Job) {
        self.work.keep(job);
    }

    pub(super) fn looked(&self, mirror: &Arc<Mirror>, generation: u64, end: End) {
        self.change(mirror, |progress| progress.looked(generation, end));
    }

    /// What is done once in a while.
    pub(super) fn round(&self) {
        let now = Instant::now();
        self.work.retry();
        self.look_around(now);
        self.drop_old(now);
        self.forget_unwatched(now);
    }

    /// Has those looked at of which no hint has come.
    fn look_around(&self, now: Instant) {
        let then = now.checked_sub(ROUND).unwrap_or(now);
        let mut turns = self.turns();
        let some = turns.looks.len().min(LOOKS);
        let mut some: Vec<_> = turns.looks.drain(..some).collect();
        drop(turns);
        some.retain(|mirror| {
            let progress = mirror.progress();
            let (is_gone, is_hinted) = (progress.is_gone, progress.is_hinted_since(then));
            drop(progress);
            if !is_gone && !is_hinted {
                self.work.look(mirror);
            }
            !is_gone
        });
        self.turns().looks.extend(some);
    }

    fn drop_old(&self, now: Instant) {
        loop {
            let next = due(&mut self.turns().holding, now, AGE / 4);
            let Some((mirror, _)) = next else {
                return;
            };
            let mut progress = self.lock(&mirror);
            progress.expire(now);
            self.hold_on(&mirror, progress, now);
        }
    }

    /// Drops what nobody has read for longest.
    fn make_room(&self, now: Instant) {
        let holding = self.turns().holding.len();
        // After one time around nobody has read from any.
        for _ in 0..2 * holding {
            if self.held.load(Ordering::Relaxed) <= ALL_BYTES {
                return;
            }
            let Some((mirror, _)) = self.turns().holding.pop_front() else {
                return;
            };
            let mut progress = self.lock(&mirror);
            if !std::mem::take(&mut progress.is_used) {
                progress.clear();
            }
            self.hold_on(&mirror, progress, now);
        }
    }

    fn hold_on(&self, mirror: &Arc<Mirror>, mut progress: Locked<'_>, now: Instant) {
        progress.is_holding = progress.size() > 0;
        let is_holding = progress.is_holding;
        drop(progress);
        if is_holding {
            let mirror = Arc::clone(mirror);
            self.turns().holding.push_back((mirror, now));
        }
    }

    fn forget_unwatched(&self, now: Instant) {
        loop {
            let next = due(&mut self.turns().lingering, now, LINGER);
            let Some((mirror, left_at)) = next else {
                return;
            };
            self.forget(&mirror, left_at);
        }
    }
}

/// Takes the first of a queue, if it has been there for so long.
fn due(
    queue: &mut VecDeque<(Arc<Mirror>, Instant)>,
    now: Instant,
    after: Duration,
) -> Option<(Arc<Mirror>, Instant)> {
    let (_, since) = queue.front()?;
    match now.saturating_duration_since(*since) >= after {
        true => queue.pop_front(),
        false => None,
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
