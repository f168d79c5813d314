//! Whether the engine does its work, told by who knows.
//!
//! Each of three says what it sees, and takes back only what it has said itself: the engine's task, of
//! its link; who reads, and who appends. A question that was not answered is no proof for ever: without
//! another one it is forgotten after a while, so that a node which is left alone because of its health
//! can recover.

use std::error::Error;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::Health;

/// How long a question that was not answered is told of.
const TOLD: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Troubles {
    state: Mutex<State>,
    reads: AtomicBool,
    appends: AtomicBool,
}

#[derive(Default)]
struct State {
    link: Option<String>,
    reads: Option<Trouble>,
    appends: Option<Trouble>,
}

struct Trouble {
    reason: String,
    at: Instant,
}

/// What was asked.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    Read,
    Append,
}

impl Troubles {
    pub(super) fn link(&self, reason: Option<String>) {
        self.state().link = reason;
    }

    pub(super) fn answered(&self, asked: Asked) {
        let (_, is_told) = self.of(asked);
        // Mostly there is nothing to take back.
        if is_told.load(Ordering::Relaxed) {
            let mut state = self.state();
            is_told.store(false, Ordering::Relaxed);
            *state.trouble(asked) = None;
        }
    }

    pub(super) fn unanswered(&self, asked: Asked, error: &dyn Error) {
        let (what, is_told) = self.of(asked);
        let mut reason = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(error) = source {
            // Writing to a string does not fail.
            let _ = write!(reason, ": {error}");
            source = error.source();
        }
        let mut state = self.state();
        is_told.store(true, Ordering::Relaxed);
        let at = Instant::now();
        *state.trouble(asked) = Some(Trouble { reason, at });
    }

    pub(super) fn health(&self) -> Health {
        let state = self.state();
        let of_questions = || {
            let mut troubles = [&state.reads, &state.appends].into_iter().flatten();
            let trouble = troubles.find(|it| it.at.elapsed() < TOLD)?;
            Some(trouble.reason.clone())
        };
        match state.link.clone().or_else(of_questions) {
            None => Health::Serving,
            Some(reason) => Health::Impaired { reason },
        }
    }

    fn of(&self, asked: Asked) -> (&'static str, &AtomicBool) {
        match asked {
            Asked::Read => ("reads fail", &self.reads),
            Asked::Append => ("appends fail", &self.appends),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn trouble(&mut self, asked: Asked) -> &mut Option<Trouble> {
        match asked {
            Asked::Read => &mut self.reads,
            Asked::Append => &mut self.appends,
        }
    }
}
