//! How much one stream may hold.

/// What a buffer may hold beyond its room without growing anew: one event of common size.
const EVENT: usize = 1024;

/// How many times a buffer doubles until it has its size.
const DOUBLINGS: u32 = 5;

/// The bounds of one stream.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Bounds {
    /// A send waits while this many bytes or more are in the buffer. One event more may then stand in
    /// it, whatever its size: an event is on the wire whole or not at all.
    pub(super) room: usize,
    /// What may be handed to the connection and not yet be on the socket.
    pub(super) in_flight: usize,
}

impl Bounds {
    /// Under a server that is not ours. `in_flight` is below what hyper would take (16 frames, 408
    /// KiB), so that it comes back to the body while a client does not read. Eight full buffers: they
    /// leave as one write, of a thousand small events.
    const PLAIN: Self = Self {
        room: 16 * 1024,
        in_flight: 8 * (16 * 1024 + EVENT),
    };

    /// Under `serve`, where a client that does not read holds no more than 64 KiB in all: these 24,
    /// 16 in the kernel, and 20 for the connection.
    #[cfg(feature = "serve")]
    pub(in crate::server) const SERVED: Self = Self {
        room: 7 * 1024,
        in_flight: 16 * 1024,
    };

    /// The capacity of a new buffer. Such that a full one has no more than it needs, as buffers grow
    /// by doubling.
    pub(super) fn first_capacity(self) -> usize {
        (self.room + EVENT) >> DOUBLINGS
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self::PLAIN
    }
}
