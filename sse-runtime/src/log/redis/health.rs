//! Which connection of a log is lost, of the two that it has.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::remote::Mirrors;

/// One of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    Asking,
    Hearing,
}

/// Tells the mirrors why a connection is lost, until none is.
pub(super) struct Health {
    mirrors: Arc<Mirrors>,
    lost: Mutex<Vec<(Connection, String)>>,
}

impl Health {
    pub(super) fn new(mirrors: Arc<Mirrors>) -> Self {
        Self {
            mirrors,
            lost: Mutex::default(),
        }
    }

    pub(super) fn lost(&self, connection: Connection, reason: String) {
        self.change(connection, Some(reason));
    }

    pub(super) fn connected(&self, connection: Connection) {
        self.change(connection, None);
    }

    fn change(&self, connection: Connection, reason: Option<String>) {
        // Whole between any two statements. Held until the mirrors were told, so that what they are
        // told last is what is so.
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.retain(|(other, _)| *other != connection);
        lost.extend(reason.map(|reason| (connection, reason)));
        match lost.first() {
            Some((_, reason)) => self.mirrors.impaired(reason.clone()),
            None => self.mirrors.serving(),
        }
    }
}
