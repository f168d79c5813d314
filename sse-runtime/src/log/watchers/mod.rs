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

mod call;
mod watcher;

use std::collections::HashMap;
use std::mem;

use super::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, ThreadId, this_thread};
pub(super) use call::{Call, To};
pub(super) use watcher::{SIGNALLED, Watcher};

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
