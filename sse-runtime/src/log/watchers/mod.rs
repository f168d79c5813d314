//! The watches of one channel, and how they are woken.
//!
//! A watch of some keys is woken for records of those, and for all now and then: then it has to read
//! on, or the log would pass it by.
//!
//! No lost wake-up: a watch stores its waker and looks once more before it waits; who wakes it sets
//! what is to be looked at before it takes the waker. Whichever of them comes second to the lock
//! around the waker sees what the other did.
//!
//! No lock is held while a waker runs, so whoever watches, leaves, reads or appends goes on. Of the
//! publishers who find a round of waking going on, one waits to do the next, and the others leave
//! word with it: each does one round at most, and no publisher wakes for another without end.

use std::collections::{HashMap, HashSet, VecDeque};
use std::mem;
use std::task::{Context, Poll, Waker};

use super::sync::{
    Arc, AtomicU64, Condvar, Mutex, MutexGuard, Ordering, PoisonError, ThreadId, this_thread,
};

/// What is told to the watches of a channel, of whatever content a signal is.
#[derive(Debug)]
pub(super) struct Call<S> {
    appended: bool,
    signals: VecDeque<S>,
    to: To,
}

/// Which watches of keys are told; those that watch everything always are.
#[derive(Debug)]
pub(super) enum To {
    /// Those that watch one of these keys.
    Keys(HashSet<Box<str>>),
    /// All of them.
    Everyone,
}

/// Of more keys than that, one call is to everyone.
const MAX_KEYS: usize = 64;

impl To {
    /// Those who watch what was appended.
    pub(super) fn who_wants<'a>(keys: impl Iterator<Item = &'a str>) -> Self {
        Self::Keys(keys.map(Box::from).collect())
    }

    fn and(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Keys(all), Self::Keys(more)) if all.len() + more.len() <= MAX_KEYS => {
                all.extend(more);
            }
            _ => *self = Self::Everyone,
        }
    }
}

impl Default for To {
    fn default() -> Self {
        Self::Keys(HashSet::new())
    }
}

impl<S> Call<S> {
    pub(super) fn appended(to: To) -> Self {
        Self {
            appended: true,
            to,
            ..Self::default()
        }
    }

    pub(super) fn signal(signal: S) -> Self {
        Self {
            signals: VecDeque::from([signal]),
            to: To::Everyone,
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        !self.appended && self.signals.is_empty()
    }

    fn add(&mut self, other: Self) {
        self.appended |= other.appended;
        self.to.and(other.to);
        for signal in other.signals {
            push_bounded(&mut self.signals, signal);
        }
    }
}

/// Nothing. (Derived, it would ask that of the signals too.)
impl<S> Default for Call<S> {
    fn default() -> Self {
        Self {
            appended: false,
            signals: VecDeque::new(),
            to: To::default(),
        }
    }
}

/// One watch. It is in the list of each of its channels.
#[derive(Debug)]
pub(super) struct Watcher<S> {
    /// What has changed since the watch was last ready.
    changed: AtomicU64,
    inbox: Mutex<Inbox<S>>,
}

#[derive(Debug)]
struct Inbox<S> {
    waker: Option<Waker>,
    /// With the index of their channel in the watch.
    signals: VecDeque<(usize, S)>,
    /// Dropped: what is left in lists is to be thrown away.
    gone: bool,
}

/// The signals that wait for one watch, and for one round. At the bound the oldest is lost.
pub(super) const MAX_SIGNALS: usize = 64;

/// The bit that stands for signals; the others stand for channels.
pub(super) const SIGNALLED: u64 = 1 << 63;

impl<S> Watcher<S> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            changed: AtomicU64::new(0),
            inbox: Mutex::new(Inbox {
                waker: None,
                signals: VecDeque::new(),
                gone: false,
            }),
        })
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<u64> {
        match self.changed.swap(0, Ordering::AcqRel) {
            0 => {}
            changed => return Poll::Ready(changed),
        }
        {
            let mut inbox = lock(&self.inbox);
            match &mut inbox.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
        }
        match self.changed.swap(0, Ordering::AcqRel) {
            0 => Poll::Pending,
            changed => Poll::Ready(changed),
        }
    }

    pub(super) fn take_signal(&self) -> Option<(usize, S)> {
        lock(&self.inbox).signals.pop_front()
    }

    pub(super) fn leave(&self) {
        let mut inbox = lock(&self.inbox);
        inbox.gone = true;
        let left_behind = (inbox.waker.take(), mem::take(&mut inbox.signals));
        drop(inbox);
        // A waker may be the last that holds a task, and dropping that runs code of others.
        drop(left_behind);
    }

    fn is_gone(&self) -> bool {
        lock(&self.inbox).gone
    }

    fn tell(&self, index: usize, call: &Call<S>)
    where
        S: Clone,
    {
        let mut bits = u64::from(call.appended) << index;
        if !call.signals.is_empty() {
            bits |= SIGNALLED;
            let mut inbox = lock(&self.inbox);
            for signal in &call.signals {
                push_bounded(&mut inbox.signals, (index, signal.clone()));
            }
        }
        // Who found nothing set before has the waker to run; another one has done so already, or
        // is about to.
        if self.changed.fetch_or(bits, Ordering::AcqRel) == 0 {
            let waker = lock(&self.inbox).waker.take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

/// The watches of one channel.
#[derive(Debug)]
pub(super) struct Watchers<S> {
    list: Mutex<List<S>>,
    /// A round is over.
    over: Condvar,
}

#[derive(Debug)]
struct List<S> {
    /// Who watches everything.
    members: Members<S>,
    /// Those that are not gone, whether in `members` or in the hands of a round.
    live: usize,
    /// Who watches some keys, by each of them.
    by_key: HashMap<Box<str>, Keyed<S>>,
    /// How many of those are not gone.
    live_by_key: usize,
    /// Where a round is going on, which has the members.
    round: Option<ThreadId>,
    /// Somebody waits to do the next.
    has_next: bool,
    /// What the next round tells.
    called: Call<S>,
}

/// Who watches one key.
#[derive(Debug)]
struct Keyed<S> {
    members: Members<S>,
    live: usize,
}

impl<S: Clone> Watchers<S> {
    pub(super) fn new() -> Self {
        Self {
            list: Mutex::new(List {
                members: Vec::new(),
                live: 0,
                by_key: HashMap::new(),
                live_by_key: 0,
                round: None,
                has_next: false,
                called: Call::default(),
            }),
            over: Condvar::new(),
        }
    }

    pub(super) fn join(&self, watcher: &Arc<Watcher<S>>, index: usize) {
        let mut list = lock(&self.list);
        list.live += 1;
        list.members.push((Arc::clone(watcher), index));
    }

    /// As [`join`](Self::join), for some keys: they are distinct.
    pub(super) fn join_keys<'k>(
        &self,
        watcher: &Arc<Watcher<S>>,
        index: usize,
        keys: impl Iterator<Item = &'k str>,
    ) {
        let mut list = lock(&self.list);
        list.live_by_key += 1;
        for key in keys {
            let keyed = list.by_key.entry(key.into()).or_insert_with(|| Keyed {
                members: Vec::new(),
                live: 0,
            });
            keyed.live += 1;
            keyed.members.push((Arc::clone(watcher), index));
        }
    }

    /// One watcher has left. Returns whether another one is there.
    pub(super) fn left(&self) -> bool {
        let mut list = lock(&self.list);
        list.live = list.live.saturating_sub(1);
        list.prune();
        list.is_watched()
    }

    /// As [`left`](Self::left), of one that joined for these keys.
    pub(super) fn left_keys<'k>(&self, keys: impl Iterator<Item = &'k str>) -> bool {
        let mut list = lock(&self.list);
        list.live_by_key = list.live_by_key.saturating_sub(1);
        for key in keys {
            if let Some(keyed) = list.by_key.get_mut(key) {
                keyed.live = keyed.live.saturating_sub(1);
                prune(&mut keyed.members, keyed.live);
                if keyed.live == 0 {
                    list.by_key.remove(key);
                }
            }
        }
        if list.by_key.len() < list.by_key.capacity() / 4 {
            let twice = 2 * list.by_key.len();
            list.by_key.shrink_to(twice);
        }
        list.is_watched()
    }

    /// Whether it matters to whom a call is.
    pub(super) fn has_keys(&self) -> bool {
        lock(&self.list).live_by_key > 0
    }

    /// Tells those it is to who joined before, or leaves it to somebody who is about to.
    pub(super) fn call(&self, call: Call<S>) {
        let mut list = lock(&self.list);
        list.called.add(call);
        if list.has_next {
            return;
        }
        if let Some(thread) = list.round {
            if thread == this_thread() {
                // From within a waker: who woke it looks again afterwards.
                return;
            }
            list.has_next = true;
            while list.round.is_some() {
                list = (self.over.wait(list)).unwrap_or_else(PoisonError::into_inner);
            }
            list.has_next = false;
        }
        loop {
            let round = Round::begin(self, &mut list);
            drop(list);
            for (watcher, index) in round.members.iter().chain(&round.keyed) {
                watcher.tell(*index, &round.call);
            }
            drop(round);
            list = lock(&self.list);
            let is_cared_for = list.has_next || list.round.is_some();
            if is_cared_for || list.called.is_empty() {
                return;
            }
        }
    }
}

/// With the index of the channel in each watch. Some may be gone.
type Members<S> = Vec<(Arc<Watcher<S>>, usize)>;

/// One publisher going through the members.
struct Round<'a, S> {
    watchers: &'a Watchers<S>,
    members: Members<S>,
    /// Of those who watch keys, the ones that it is to.
    keyed: Members<S>,
    call: Call<S>,
}

impl<'a, S> Round<'a, S> {
    fn begin(watchers: &'a Watchers<S>, list: &mut List<S>) -> Self {
        list.round = Some(this_thread());
        let call = mem::take(&mut list.called);
        Self {
            watchers,
            members: mem::take(&mut list.members),
            keyed: list.keyed(&call.to),
            call,
        }
    }
}

/// Gives the members back: also where a waker panics, which takes its publisher along and nobody
/// else.
impl<S> Drop for Round<'_, S> {
    fn drop(&mut self) {
        let mut list = lock(&self.watchers.list);
        // Who joined meanwhile is behind: mostly fewer than those who were there.
        self.members.append(&mut list.members);
        list.members = mem::take(&mut self.members);
        list.round = None;
        list.prune();
        drop(list);
        self.watchers.over.notify_one();
    }
}

impl<S> List<S> {
    fn is_watched(&self) -> bool {
        self.live + self.live_by_key > 0
    }

    fn keyed(&self, to: &To) -> Members<S> {
        let keyed: Vec<_> = match to {
            To::Everyone => self.by_key.values().collect(),
            To::Keys(keys) => keys.iter().filter_map(|key| self.by_key.get(key)).collect(),
        };
        let members = keyed.into_iter().flat_map(|keyed| &keyed.members);
        members
            .map(|(watcher, index)| (Arc::clone(watcher), *index))
            .collect()
    }

    fn prune(&mut self) {
        prune(&mut self.members, self.live);
    }
}

/// Those that are gone may be as many as those that are not, and a few more.
fn prune<S>(members: &mut Members<S>, live: usize) {
    const A_FEW: usize = 8;
    if members.len() > 2 * live + A_FEW || live == 0 {
        members.retain(|(watcher, _)| !watcher.is_gone());
        members.shrink_to(2 * live);
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == MAX_SIGNALS {
        queue.pop_front();
    }
    queue.push_back(item);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
