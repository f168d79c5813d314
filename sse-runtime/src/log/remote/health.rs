//! Whether the engine does its work, told by who knows.
//!
//! Each of three says what it sees, and takes back only what it has said itself: the engine's task, of
//! its link; who reads, and who appends. A question that was not answered is no proof for ever: without
//! another one it is forgotten after a while, so that a node which is left alone because of its health
//! can recover.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::super::Health;
use super::causes::with_causes;

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
        let mut state = self.state();
        let is_mended = reason.is_none() && state.link.is_some();
        state.link = reason;
        if is_mended {
            // Nobody may ask for a while, and what failed meanwhile most likely failed for that.
            state.reads = None;
            state.appends = None;
            self.reads.store(false, Ordering::Relaxed);
            self.appends.store(false, Ordering::Relaxed);
        }
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
        let reason = format!("{what}: {}", with_causes(error));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_while_the_link_was_broken_is_forgotten_once_it_is_mended() {
        let troubles = Troubles::default();
        let refused = std::io::Error::other("not connected");
        troubles.link(Some("cut".to_owned()));
        troubles.unanswered(Asked::Append, &refused);
        troubles.unanswered(Asked::Read, &refused);
        troubles.link(None);
        assert_eq!(troubles.health(), Health::Serving);
    }

    #[test]
    fn a_link_that_holds_does_not_mend_what_fails() {
        let troubles = Troubles::default();
        troubles.unanswered(Asked::Append, &std::io::Error::other("no room"));
        troubles.link(None);
        let reason = "appends fail: no room".to_owned();
        assert_eq!(troubles.health(), Health::Impaired { reason });
    }
}
