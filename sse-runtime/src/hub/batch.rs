//! A stretch of a subscriber's stream, as it goes over the wire.

use bytes::Bytes;

use crate::log::Run;
use crate::metrics::LeftOut;
use crate::wire::EventId;

/// Whole blocks, and what they do to the stream that they are written to.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) wire: Wire,
    /// How many events of the hub are in it.
    pub(crate) events: u64,
    /// Events of its channels that are not.
    pub(super) left_out: LeftOut,
    /// Whether it moves the client's resume point.
    pub(crate) has_id: bool,
    /// Where the client's resume point is to be moved, when there is something to write.
    pub(crate) checkpoint: Option<EventId>,
}

/// Bytes of the log, which all subscribers share, and behind them bytes of this one's own.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    pub(crate) shared: Bytes,
    pub(crate) own: Vec<u8>,
}

impl Wire {
    pub(crate) fn len(&self) -> usize {
        self.shared.len() + self.own.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn into_bytes(self) -> Bytes {
        match (self.shared.is_empty(), self.own.is_empty()) {
            (true, _) => self.own.into(),
            (false, true) => self.shared,
            (false, false) => [&*self.shared, &*self.own].concat().into(),
        }
    }

    /// Adds the records of a run, whose ids are those of the stream.
    pub(super) fn push_run(&mut self, run: &Run) {
        let bytes = run.wire();
        // A slow client must not keep much more memory than it is sent.
        if self.is_empty() && run.is_most_of_its_memory() {
            self.shared = bytes;
        } else {
            self.own.extend_from_slice(&bytes);
        }
    }
}
