//! What nodes tell each other about who is present: signals on a channel of the hub's own.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::log::Signal;

/// The most members that a node names in one notice, and of one channel at all. Of more it tells the
/// number.
pub(super) const MAX_NAMED: usize = 1000;

/// The most channels in one notice.
pub(super) const MAX_CHANNELS: usize = 1000;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub(super) enum Notice<'a> {
    /// A node has come, and wants to be told everything.
    Hello { node: u64 },
    /// A node is still there.
    Alive { node: u64 },
    /// Who is in some channels by way of one node.
    Members {
        node: u64,
        #[serde(borrow)]
        channels: Vec<Members<'a>>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Members<'a> {
    #[serde(borrow)]
    pub(super) channel: Cow<'a, str>,
    pub(super) count: usize,
    pub(super) named: Vec<Cow<'a, str>>,
}

impl Notice<'_> {
    pub(super) fn node(&self) -> u64 {
        match *self {
            Self::Hello { node } | Self::Alive { node } | Self::Members { node, .. } => node,
        }
    }

    /// As lines for a record.
    pub(super) fn encode(&self) -> String {
        // Invariant: numbers and texts have a JSON form, which is one line.
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("data: {json}\n")
    }
}

/// Reads what another node has said; nothing where it speaks another version.
pub(super) fn decode(signal: &Signal) -> Option<Notice<'_>> {
    let json = signal.wire().strip_prefix(b"data: ")?;
    serde_json::from_slice(json).ok()
}
