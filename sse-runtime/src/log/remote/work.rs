//! Which channels are to be looked at and read on, and whether the engine is asked at all.
//!
//! Each channel is in a queue once, however often it is hinted of, so this is never more than there
//! are channels. Who has been read goes to the back: a channel with much to read keeps no other waiting.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::backoff::Backoff;
use super::mirror::Mirror;

/// How many channels are looked at in one question.
const LOOKS: usize = 128;

/// One that is asked for in vain with others is asked for with fewer: a part of the engine may be away.
const PARTS: usize = 8;

/// An engine that does not answer is asked again after up to so long: twice as long each time. But a
/// hint is a sign of life.
const BACKOFF: Backoff = Backoff::new(SHORTEST, Duration::from_secs(5));
const SHORTEST: Duration = Duration::from_millis(50);

#[derive(Default)]
pub(super) struct Work {
    state: Mutex<State>,
    more: Notify,
}

#[derive(Default)]
struct State {
    reads: Queue,
    looks: Queue,
    /// Those that were asked for in vain: each with no others.
    parts: VecDeque<Vec<Arc<Mirror>>>,
    /// What was not answered, until the next round.
    unanswered: Vec<Job>,
    looked_last: bool,
    pause: Option<Pause>,
}

type Queue = VecDeque<Arc<Mirror>>;

/// The engine does not answer.
struct Pause {
    /// For how long the next one would be.
    backoff: Backoff,
    until: Instant,
    /// Somebody asks whether it is over.
    is_tried: bool,
}

/// What one asks the engine.
pub(super) enum Job {
    /// For the end of these channels.
    Look(Vec<Arc<Mirror>>),
    /// For what has come in one channel.
    Read(Arc<Mirror>),
}

/// Whether a channel waits to be looked at and to be read.
#[derive(Default)]
pub(super) struct Queued {
    look: AtomicBool,
    read: AtomicBool,
}

enum Next {
    Job { job: Job, are_more: bool },
    Pause(Instant),
    Nothing,
}

impl Work {
    pub(super) fn read(&self, mirror: &Arc<Mirror>) {
        if !mirror.queued.read.swap(true, Ordering::Relaxed) {
            let mut state = self.state();
            state.reads.push_back(Arc::clone(mirror));
            if let Some(pause) = &mut state.pause {
                pause.until = pause.until.min(Instant::now() + SHORTEST);
            }
            drop(state);
            self.more.notify_one();
        }
    }

    pub(super) fn look(&self, mirror: &Arc<Mirror>) {
        if !mirror.queued.look.swap(true, Ordering::Relaxed) {
            self.state().looks.push_back(Arc::clone(mirror));
            self.more.notify_one();
        }
    }

    /// Waits for something to ask.
    pub(super) async fn next(&self) -> Job {
        loop {
            let next = self.state().next();
            match next {
                Next::Job { job, are_more } => {
                    // Where several came at once, only one may have been woken.
                    if are_more {
                        self.more.notify_one();
                    }
                    return job;
                }
                Next::Pause(until) => {
                    // Over or not: it is looked at again.
                    let _ = timeout_at(until, self.more.notified()).await;
                }
                Next::Nothing => self.more.notified().await,
            }
        }
    }

    /// The engine has answered somebody.
    pub(super) fn answered(&self) {
        let was_paused = self.state().pause.take().is_some();
        if was_paused {
            self.more.notify_one();
        }
    }

    /// There is reason to believe that the engine answers again.
    pub(super) fn try_now(&self) {
        if let Some(pause) = &mut self.state().pause {
            pause.until = Instant::now();
            self.more.notify_one();
        }
    }

    /// There was nothing to ask after all.
    pub(super) fn not_asked(&self) {
        if let Some(pause) = &mut self.state().pause {
            pause.is_tried = false;
            self.more.notify_one();
        }
    }

    /// What was asked is asked again with the next round, or as the next trial.
    pub(super) fn keep(&self, job: Job) {
        match job {
            Job::Read(mirror) => {
                if !mirror.queued.read.swap(true, Ordering::Relaxed) {
                    self.state().unanswered.push(Job::Read(mirror));
                }
            }
            Job::Look(mut mirrors) => {
                mirrors.retain(|mirror| !mirror.queued.look.swap(true, Ordering::Relaxed));
                let size = mirrors.len().div_ceil(PARTS).max(1);
                let parts = mirrors.chunks(size).map(|part| Job::Look(part.to_vec()));
                self.state().unanswered.extend(parts);
            }
        }
    }

    /// The engine did not answer somebody: nobody asks for a while.
    pub(super) fn unanswered(&self) {
        let mut state = self.state();
        let mut backoff = match &state.pause {
            None => BACKOFF,
            // Of those who asked before.
            Some(pause) if !pause.is_tried => return,
            Some(pause) => pause.backoff,
        };
        state.pause = Some(Pause {
            until: Instant::now() + backoff.next(),
            backoff,
            is_tried: false,
        });
        drop(state);
        self.more.notify_one();
    }

    /// What was not answered may be asked again.
    pub(super) fn retry(&self) {
        let mut state = self.state();
        let unanswered = mem::take(&mut state.unanswered);
        let are_some = !unanswered.is_empty();
        for job in unanswered {
            state.put_back(job);
        }
        drop(state);
        if are_some {
            self.more.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Next {
        match &self.pause {
            None => {}
            Some(pause) if pause.is_tried => return Next::Nothing,
            Some(pause) if pause.until > Instant::now() => return Next::Pause(pause.until),
            Some(_) => {
                if self.is_empty()
                    && let Some(job) = self.unanswered.pop()
                {
                    self.put_back(job);
                }
            }
        }
        let Some(job) = self.take() else {
            return Next::Nothing;
        };
        let mut are_more = !self.is_empty();
        if let Some(pause) = &mut self.pause {
            pause.is_tried = true;
            are_more = false;
        }
        Next::Job { job, are_more }
    }

    fn is_empty(&self) -> bool {
        self.reads.is_empty() && self.looks.is_empty() && self.parts.is_empty()
    }

    /// In turn of both kinds.
    fn take(&mut self) -> Option<Job> {
        let are_looks = !self.looks.is_empty() || !self.parts.is_empty();
        self.looked_last = are_looks && (!self.looked_last || self.reads.is_empty());
        if self.looked_last {
            let batch = self.parts.pop_front().unwrap_or_else(|| {
                let batch = self.looks.len().min(LOOKS);
                self.looks.drain(..batch).collect()
            });
            for mirror in &batch {
                mirror.queued.look.store(false, Ordering::Relaxed);
            }
            return Some(Job::Look(batch));
        }
        let mirror = self.reads.pop_front()?;
        mirror.queued.read.store(false, Ordering::Relaxed);
        Some(Job::Read(mirror))
    }

    fn put_back(&mut self, job: Job) {
        match job {
            Job::Read(mirror) => self.reads.push_back(mirror),
            Job::Look(mirrors) => self.parts.push_back(mirrors),
        }
    }
}
