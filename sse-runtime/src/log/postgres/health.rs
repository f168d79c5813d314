//! Which connections of a node work.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::remote::Mirrors;

/// Which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// That which appends go over.
    Writes,
    /// Those over which appends go that wait for another transaction.
    Waiting(usize),
    /// That which reads.
    Reads,
    /// That which hints come over.
    Hints,
}

impl Part {
    const COUNT: usize = 3 + super::waiting::LANES;

    fn index(self) -> usize {
        match self {
            Self::Writes => 0,
            Self::Reads => 1,
            Self::Hints => 2,
            Self::Waiting(lane) => 3 + lane,
        }
    }
}

/// Collects what is wrong, and tells it.
pub(super) struct Pulse {
    mirrors: Arc<Mirrors>,
    wrong: Mutex<[Option<String>; Part::COUNT]>,
}

impl Pulse {
    pub(super) fn new(mirrors: &Arc<Mirrors>) -> Self {
        Self {
            mirrors: Arc::clone(mirrors),
            wrong: Mutex::default(),
        }
    }

    pub(super) fn impaired(&self, part: Part, why: &str) {
        self.set(part, Some(why.to_owned()));
    }

    pub(super) fn serving(&self, part: Part) {
        self.set(part, None);
    }

    fn set(&self, part: Part, wrong: Option<String>) {
        let mut all = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = all.get_mut(part.index()) else {
            return;
        };
        if *slot == wrong {
            return;
        }
        match &wrong {
            Some(why) => tracing::warn!(?part, why, "postgres log is impaired"),
            None => tracing::info!(?part, "postgres log works again"),
        }
        *slot = wrong;
        // Told under the lock, so that the last one told is the last one that was.
        match all.iter().flatten().next() {
            Some(why) => self.mirrors.impaired(format!("postgres: {why}")),
            None => self.mirrors.serving(),
        }
    }
}
