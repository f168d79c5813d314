//! The events that everybody sends: of one size and one content, whoever encodes them.

use serde::Serialize;

/// The name of every event. Its last character is nowhere else in the stream, so that a client can
/// count events without parsing them.
pub(crate) const NAME: &str = "tick~";

/// What stands once in each event and nowhere else.
pub(crate) const MARK: u8 = b'~';

/// An id, and data that becomes JSON.
#[derive(Clone, Debug)]
pub(crate) struct Tick<D> {
    pub(crate) id: u64,
    pub(crate) data: D,
}

/// The small event: 122 bytes on the wire.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Quote {
    symbol: &'static str,
    bid: u64,
    ask: u64,
    size: u32,
    venue: &'static str,
    at: u64,
}

/// The event of a little over 1 KiB.
pub(crate) type Page = [Quote; 12];

/// The first id: all ids of a run have the same number of digits.
const FIRST: u64 = 1_000_000;

impl Quote {
    fn nth(n: u64) -> Self {
        Self {
            symbol: "SAP",
            bid: 101_430 + n % 7,
            ask: 101_470 + n % 11,
            size: 12_840,
            venue: "XETR",
            at: 1_795_219_200_123 + n,
        }
    }
}

impl Tick<Quote> {
    /// The `n`th event of a stream.
    pub(crate) fn nth(n: u64) -> Self {
        Self {
            id: FIRST + n,
            data: Quote::nth(n),
        }
    }
}

impl Tick<Page> {
    /// The `n`th event of a stream.
    pub(crate) fn page(n: u64) -> Self {
        Self {
            id: FIRST + n,
            data: std::array::from_fn(|_| Quote::nth(n)),
        }
    }
}
