//! Which connections of a node are lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Mirrors;

/// Of the connections that a log needs, those that are lost, and why. As long as there is one, the log
/// is impaired.
pub(crate) struct Connections {
    engine: &'static str,
    mirrors: Arc<Mirrors>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many there ever were, which numbers them.
    needed: u64,
    lost: BTreeMap<u64, String>,
}

/// A connection that a log needs as long as this is held. It is there until it is said to be lost.
pub(crate) struct Connection {
    all: Arc<Connections>,
    number: u64,
    role: String,
}

impl Connections {
    /// None yet, for an engine of that name.
    pub(crate) fn new(engine: &'static str, mirrors: &Arc<Mirrors>) -> Arc<Self> {
        Arc::new(Self {
            engine,
            mirrors: Arc::clone(mirrors),
            state: Mutex::default(),
        })
    }

    /// One more. What it is for is said where it is logged.
    pub(crate) fn need(self: &Arc<Self>, role: impl Into<String>) -> Connection {
        let mut state = self.state();
        state.needed += 1;
        Connection {
            all: Arc::clone(self),
            number: state.needed,
            role: role.into(),
        }
    }

    /// Within the lock, so that what the mirrors are told last is what is so.
    fn tell(&self, state: &State) {
        match state.lost.values().next() {
            Some(why) => self.mirrors.impaired(format!("{}: {why}", self.engine)),
            None => self.mirrors.serving(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// It is lost, or could not be made again.
    pub(crate) fn is_lost(&self, why: &str) {
        let mut state = self.all.state();
        let before = state.lost.insert(self.number, why.to_owned());
        if before.as_deref() != Some(why) {
            let Self { all, role, .. } = self;
            tracing::warn!(
                engine = all.engine,
                role,
                why,
                "a log has lost a connection"
            );
        }
        self.all.tell(&state);
    }

    /// It is there, for the first time or again.
    pub(crate) fn is_there(&self) {
        let mut state = self.all.state();
        self.mend(&mut state);
        self.all.tell(&state);
    }

    /// Whether it was lost.
    fn mend(&self, state: &mut State) -> bool {
        let was_lost = state.lost.remove(&self.number).is_some();
        if was_lost && state.lost.is_empty() {
            tracing::info!(
                engine = self.all.engine,
                "a log has all its connections again"
            );
        }
        was_lost
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut state = self.all.state();
        if self.mend(&mut state) {
            self.all.tell(&state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Health;
    use super::*;

    fn impaired(reason: &str) -> Health {
        let reason = reason.to_owned();
        Health::Impaired { reason }
    }

    #[test]
    fn a_log_is_impaired_until_all_connections_are_there() {
        let mirrors = Arc::<Mirrors>::default();
        let connections = Connections::new("redis", &mirrors);
        let (asks, hears) = (connections.need("asks"), connections.need("hears"));
        hears.is_lost("closed");
        assert_eq!(mirrors.health(), impaired("redis: closed"));
        asks.is_lost("no route");
        hears.is_there();
        assert_eq!(mirrors.health(), impaired("redis: no route"));
        asks.is_there();
        assert_eq!(mirrors.health(), Health::Serving);
    }

    #[test]
    fn a_connection_that_nobody_needs_any_more_is_not_lost() {
        let mirrors = Arc::<Mirrors>::default();
        let connections = Connections::new("redis", &mirrors);
        let (one, other) = (connections.need("one"), connections.need("other"));
        one.is_lost("closed");
        other.is_lost("no route");
        drop(one);
        assert_eq!(mirrors.health(), impaired("redis: no route"));
        drop(other);
        assert_eq!(mirrors.health(), Health::Serving);
    }
}
