//! Which connections of a log are lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::remote::Mirrors;

/// One of the two that there are to a server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Connection {
    Asking,
    Hearing,
}

/// Tells the mirrors why a connection is lost, until none is.
pub(super) struct Health {
    mirrors: Arc<Mirrors>,
    lost: Mutex<BTreeMap<(String, Connection), String>>,
}

impl Health {
    pub(super) fn new(mirrors: Arc<Mirrors>) -> Self {
        Self {
            mirrors,
            lost: Mutex::default(),
        }
    }

    pub(super) fn lost(&self, server: &str, connection: Connection, reason: String) {
        let mut lost = self.state();
        lost.insert((server.to_owned(), connection), reason);
        self.tell(&lost);
    }

    pub(super) fn connected(&self, server: &str, connection: Connection) {
        let mut lost = self.state();
        lost.remove(&(server.to_owned(), connection));
        self.tell(&lost);
    }

    /// Nobody needs that server any more.
    pub(super) fn forget(&self, server: &str) {
        let mut lost = self.state();
        lost.retain(|(other, _), _| other != server);
        self.tell(&lost);
    }

    /// Within the lock, so that what the mirrors are told last is what is so.
    fn tell(&self, lost: &BTreeMap<(String, Connection), String>) {
        match lost.values().next() {
            Some(reason) => self.mirrors.impaired(reason.clone()),
            None => self.mirrors.serving(),
        }
    }

    fn state(&self) -> MutexGuard<'_, BTreeMap<(String, Connection), String>> {
        // Whole between any two statements.
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
