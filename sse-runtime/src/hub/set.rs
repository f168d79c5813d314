//! Some of the channels of one stream, by their indexes.

use crate::log::Channels;

/// One bit a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Set(u64);

const _: () = assert!(Channels::MAX < u64::BITS as usize);

impl Set {
    /// The first so many.
    pub(super) fn of(channels: usize) -> Self {
        Self((1 << channels) - 1)
    }

    pub(super) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds a channel, or takes it away.
    pub(super) fn set(&mut self, index: usize, is_in: bool) {
        self.0 &= !(1 << index);
        self.0 |= u64::from(is_in) << index;
    }

    pub(super) fn add(&mut self, indexes: impl Iterator<Item = usize>) {
        indexes.for_each(|index| self.set(index, true));
    }

    /// The first one after that index, or, where there is none, the first of all.
    pub(super) fn next_after(self, index: usize) -> Option<usize> {
        let behind = self.0 & !((2 << index) - 1);
        let next = if behind == 0 { self.0 } else { behind };
        (next != 0).then(|| next.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_take_turns() {
        let mut set = Set::of(Channels::MAX);
        assert_eq!(set.next_after(0), Some(1));
        assert_eq!(set.next_after(Channels::MAX - 1), Some(0));
        (0..Channels::MAX).for_each(|index| set.set(index, [3, 7].contains(&index)));
        assert_eq!(set.next_after(0), Some(3));
        assert_eq!(set.next_after(3), Some(7));
        assert_eq!(set.next_after(7), Some(3));
        set.set(3, false);
        assert_eq!(set.next_after(7), Some(7));
        set.set(7, false);
        assert!(set.is_empty());
        assert_eq!(set.next_after(7), None);
    }
}
