//! Where the nodes are.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The URLs of the nodes that there are now.
pub(crate) struct Entrances(Mutex<Vec<String>>);

impl Entrances {
    pub(crate) fn new(urls: impl IntoIterator<Item = String>) -> Self {
        Self(Mutex::new(urls.into_iter().collect()))
    }

    /// One of them, as a load balancer would pick it.
    pub(crate) fn any(&self, rng: &mut fastrand::Rng) -> String {
        rng.choice(&*self.urls()).expect("there is one").clone()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<String> {
        self.urls().clone()
    }

    /// Another node is there in place of one.
    pub(crate) fn replace(&self, node: usize, url: &str) {
        url.clone_into(&mut self.urls()[node]);
    }

    fn urls(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
