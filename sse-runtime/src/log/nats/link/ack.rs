//! What an append is answered.

use async_nats::jetstream::{self, ErrorCode};
use serde::Deserialize;

/// What an append was answered with.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Ack {
    pub(in super::super) seq: u64,
    #[serde(default)]
    pub(in super::super) duplicate: bool,
}

/// Whether the server refused because a message with the same key is on its way, in a cluster.
pub(in super::super) fn is_under_way(error: &jetstream::Error) -> bool {
    error.error_code() == ErrorCode::STREAM_DUPLICATE_MESSAGE_CONFLICT
}

/// Whether the server refused because another message came between.
pub(in super::super) fn is_conflict(error: &jetstream::Error) -> bool {
    // Of a cluster, where another one is on its way.
    const WRONG_LAST_SEQUENCE_CONSTANT: ErrorCode = ErrorCode(10164);
    let code = error.error_code();
    code == ErrorCode::STREAM_WRONG_LAST_SEQUENCE || code == WRONG_LAST_SEQUENCE_CONSTANT
}
