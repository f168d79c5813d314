//! What users hold of presence.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::{InvalidChannel, Presences};
use crate::log::ChannelName;

/// Keeps somebody present in a channel, until it is dropped: what [`Hub::enter`](crate::hub::Hub::enter) gives.
#[derive(Debug)]
#[must_use = "who enters is there for as long as this is kept"]
pub struct Presence {
    pub(super) presences: Arc<Presences>,
    pub(super) channel: ChannelName,
    pub(super) who: Arc<str>,
}

impl Presence {
    /// Who is present.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.presences.leave(&self.channel, &self.who);
    }
}

/// Who is present in a channel: what [`Hub::present`](crate::hub::Hub::present) gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    who: BTreeSet<Arc<str>>,
    /// Those that other nodes count and do not name.
    unnamed: usize,
    here: usize,
    nodes: BTreeMap<u64, usize>,
}

impl Present {
    pub(super) fn new(here: impl Iterator<Item = Arc<str>>) -> Self {
        let who: BTreeSet<_> = here.collect();
        Self {
            here: who.len(),
            who,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, node: u64, count: usize, named: &[Arc<str>]) {
        self.who.extend(named.iter().cloned());
        self.unnamed += count.saturating_sub(named.len());
        self.nodes.insert(node, count);
    }

    /// How many are present. Who is there by way of several nodes counts once, as far as they name
    /// who is there, which is up to 1 000 of a channel.
    #[must_use]
    pub fn count(&self) -> usize {
        self.who.len() + self.unnamed
    }

    /// Who they are, in the order of their names: all of this node, and up to 1 000 of each other.
    pub fn who(&self) -> impl Iterator<Item = &str> {
        self.who.iter().map(|who| &**who)
    }

    /// How many are present by way of this node.
    #[must_use]
    pub fn here(&self) -> usize {
        self.here
    }

    /// How many are present by way of each other node that has any.
    pub fn elsewhere(&self) -> impl Iterator<Item = usize> {
        self.nodes.values().copied()
    }
}

/// Why somebody cannot be present in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidMember {
    /// It is no channel.
    Channel(InvalidChannel),
    /// The text that says who is empty, or longer than 256 bytes.
    Who {
        /// Its length.
        bytes: usize,
    },
}

impl InvalidMember {
    pub(super) const MAX_BYTES: usize = 256;
}

impl fmt::Display for InvalidMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(error) => error.fmt(f),
            Self::Who { bytes } => write!(
                f,
                "who is present is said in 1 to {} bytes, not {bytes}; give an id or a short name",
                Self::MAX_BYTES
            ),
        }
    }
}

impl Error for InvalidMember {}
