//! One question at a time, and one answer for all who asked the same meanwhile.
//!
//! Who comes while a question is under way may not take its answer: what it wants to know may have
//! changed since that was asked. All who came by then share the next one. So of a thousand who ask at
//! once, one asks, then one for all others.

use std::error::Error;
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::super::ReadError;

/// What several are answered.
pub(super) type Answer<T> = Result<T, Shared>;

pub(super) struct Turnstile<K, T> {
    state: Mutex<State<K, T>>,
    over: Notify,
}

struct State<K, T> {
    is_asking: bool,
    /// How many questions have begun.
    begun: u64,
    waiting: usize,
    /// The answer to the newest question, as long as somebody waits.
    told: Option<Told<K, T>>,
}

struct Told<K, T> {
    question: u64,
    key: K,
    answer: Answer<T>,
}

/// How one comes through.
pub(super) enum Pass<'a, K, T> {
    /// It is to ask.
    Turn(Turn<'a, K, T>),
    /// It need not ask.
    Told(Answer<T>),
}

impl<K: Copy + PartialEq, T: Clone> Turnstile<K, T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                is_asking: false,
                begun: 0,
                waiting: 0,
                told: None,
            }),
            over: Notify::new(),
        }
    }

    /// Waits for the turn to ask `key`, or for what another one was told. `known` is looked at again
    /// whenever a question is over.
    pub(super) async fn pass(&self, key: K, known: impl Fn() -> Option<T>) -> Pass<'_, K, T> {
        let mut waiting: Option<Waiting<'_, K, T>> = None;
        loop {
            let mut over = pin!(self.over.notified());
            {
                let mut state = self.state();
                if let Some(known) = known() {
                    return Pass::Told(Ok(known));
                }
                let came = waiting.as_ref().map_or(state.begun, |it| it.came);
                let told = state.told.as_ref().filter(|told| told.question > came);
                match told {
                    Some(told) if told.key == key => return Pass::Told(told.answer.clone()),
                    // Who cannot be reached is not asked by one after the other.
                    Some(Told {
                        answer: Err(error), ..
                    }) if error.is_unavailable => return Pass::Told(Err(error.clone())),
                    _ => {}
                }
                if !state.is_asking {
                    return Pass::Turn(self.begin(&mut state));
                }
                if waiting.is_none() {
                    state.waiting += 1;
                    waiting = Some(Waiting {
                        turnstile: self,
                        came,
                    });
                }
                over.as_mut().enable();
            }
            over.await;
        }
    }

    /// The turn, if nobody has it.
    pub(super) fn try_pass(&self) -> Option<Turn<'_, K, T>> {
        let mut state = self.state();
        (!state.is_asking).then(|| self.begin(&mut state))
    }

    fn begin(&self, state: &mut State<K, T>) -> Turn<'_, K, T> {
        state.is_asking = true;
        state.begun += 1;
        Turn {
            turnstile: self,
            question: state.begun,
        }
    }
}

impl<K, T> Turnstile<K, T> {
    fn state(&self) -> MutexGuard<'_, State<K, T>> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits, until that is dropped.
struct Waiting<'a, K, T> {
    turnstile: &'a Turnstile<K, T>,
    /// How many questions had begun.
    came: u64,
}

impl<K, T> Drop for Waiting<'_, K, T> {
    fn drop(&mut self) {
        let mut state = self.turnstile.state();
        state.waiting -= 1;
        let last = (state.waiting == 0).then(|| state.told.take());
        drop(state);
        drop(last);
    }
}

/// The turn to ask. Where it is dropped without an answer, it is somebody else's.
pub(super) struct Turn<'a, K, T> {
    turnstile: &'a Turnstile<K, T>,
    question: u64,
}

impl<K, T: Clone> Turn<'_, K, T> {
    /// Tells all who wait for the answer to `key`.
    pub(super) fn tell(self, key: K, answer: &Answer<T>) {
        let mut state = self.turnstile.state();
        if state.waiting > 0 {
            state.told = Some(Told {
                question: self.question,
                key,
                answer: answer.clone(),
            });
        }
    }
}

impl<K, T> Drop for Turn<'_, K, T> {
    fn drop(&mut self) {
        self.turnstile.state().is_asking = false;
        self.turnstile.over.notify_waiters();
    }
}

/// A [`ReadError`] that several get.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) is_unavailable: bool,
    source: Arc<dyn Error + Send + Sync>,
}

impl From<ReadError> for Shared {
    fn from(error: ReadError) -> Self {
        let (is_unavailable, source) = match error {
            ReadError::Unavailable(source) => (true, source),
            ReadError::Unreadable(source) => (false, source),
        };
        let source = source.into();
        Self {
            is_unavailable,
            source,
        }
    }
}

impl From<Shared> for ReadError {
    fn from(error: Shared) -> Self {
        match error.is_unavailable {
            true => Self::Unavailable(Box::new(error)),
            false => Self::Unreadable(Box::new(error)),
        }
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}
