//! How much one stream may hold.

/// The bounds of one stream.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Bounds {
    /// A send waits while this many bytes or more are in the buffer. One event more may then stand in
    /// it, whatever its size: an event is on the wire whole or not at all.
    pub(super) room: usize,
    /// What may be handed to the connection and not yet be on the socket.
    pub(super) in_flight: usize,
    /// The capacity of a new buffer. It grows by doubling, and shall not grow far beyond its room.
    pub(super) capacity: usize,
}

/// What a buffer may hold beyond its room without growing anew: one event of common size.
const EVENT: usize = 1024;

impl Bounds {
    /// Under a server that is not ours. `in_flight` is below what hyper would take (16 frames, 408
    /// KiB), so that it comes back to the body while a client does not read. Eight full buffers: they
    /// leave as one write, of a thousand small events.
    const PLAIN: Self = Self {
        room: 16 * 1024,
        in_flight: 8 * (16 * 1024 + EVENT),
        // Full after five doublings.
        capacity: (16 * 1024 + EVENT) / 32,
    };

    /// Under `serve`, where a client that does not read holds no more than 64 KiB in all: these 21, up
    /// to 20 in the kernel, and 20 for the connection.
    #[cfg(feature = "serve")]
    pub(in crate::server) const SERVED: Self = Self {
        room: 6 * 1024,
        in_flight: 2 * (6 * 1024 + EVENT),
        capacity: 6 * 1024 + EVENT,
    };
}

impl Default for Bounds {
    fn default() -> Self {
        Self::PLAIN
    }
}
