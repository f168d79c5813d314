//! Places in a channel, as its stream numbers them.

use super::super::Cursor;

/// A message of a stream holds the records of one append, and its number is the stream's. So a place
/// is how many messages of the stream are passed, and how many records of the next one: passed as a
/// whole, a message leaves nothing in the low bits, and nobody has to know how many records it had.
///
/// ```text
/// message 41 of one record       41|0
/// message 42 of three records    41|1  41|2  42|0
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The messages of the stream, of whatever channel, that are passed as a whole.
    pub(super) passed: u64,
    /// The records of the next message that are passed too.
    pub(super) within: u16,
}

/// The most records of a message.
pub(super) const MAX_RECORDS: usize = 1 << WITHIN_BITS;

const WITHIN_BITS: u32 = u16::BITS;

impl Place {
    /// Behind all of a message.
    pub(super) fn behind(message: u64) -> Self {
        Self {
            passed: message,
            within: 0,
        }
    }

    /// Before all of a message.
    pub(super) fn before(message: u64) -> Self {
        Self::behind(message.saturating_sub(1))
    }

    /// Behind each record of a message that has so many.
    pub(super) fn of_records(message: u64, records: usize) -> impl Iterator<Item = Self> {
        let before = Self::before(message);
        (1..=records).map(move |record| match u16::try_from(record) {
            Ok(within) if record < records => Self { within, ..before },
            _ => Self::behind(message),
        })
    }

    pub(super) fn of(cursor: Cursor) -> Self {
        Self {
            passed: cursor.seq() >> WITHIN_BITS,
            // The low bits alone.
            within: cursor.seq() as u16,
        }
    }

    /// A stream of 2⁴⁸ messages is full.
    pub(super) fn seq(self) -> u64 {
        self.passed << WITHIN_BITS | u64::from(self.within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Epoch;

    #[test]
    fn the_places_of_messages_rise() {
        let places: Vec<_> = [(41, 1), (42, 3), (50, 2)]
            .into_iter()
            .flat_map(|(message, records)| Place::of_records(message, records))
            .map(Place::seq)
            .collect();
        let expected = [
            41 << 16,
            41 << 16 | 1,
            41 << 16 | 2,
            42 << 16,
            49 << 16 | 1,
            50 << 16,
        ];
        assert_eq!(places, expected);
        assert!(places.is_sorted());
    }

    #[test]
    fn the_largest_batch_has_a_place_for_each_record() {
        let places: Vec<_> = Place::of_records(7, MAX_RECORDS).map(Place::seq).collect();
        assert_eq!(places.len(), MAX_RECORDS);
        assert!(places.is_sorted_by(|a, b| a < b));
        assert_eq!(places.last(), Some(&(7 << 16)));
    }

    #[test]
    fn a_place_is_its_cursor() {
        let place = Place {
            passed: 41,
            within: 2,
        };
        assert_eq!(Place::of(Cursor::new(Epoch::new(1), place.seq())), place);
    }
}
