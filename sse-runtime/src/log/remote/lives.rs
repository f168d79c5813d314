//! The lives of a channel, in an engine that can lose the newest records.
//!
//! An engine that answers before a record is safe may come back without its tail, after a failover or
//! a crash, and then gives the same numbers again. So whenever it is another server that writes, or the
//! same one after a restart, a new life of the channel begins at the number that is there, with an
//! epoch of its own:
//!
//! ```text
//! epoch a   1 2 3 4 5 [6 7]      6 and 7 were seen by some, and lost
//! epoch b             6 7 8
//! ```
//!
//! What is left of the older life is what the newer one continues. So the place `a-5` is still a place
//! of the channel, as is `b-5`; but who saw `a-6` saw what is gone, and is told so. Where nothing was
//! lost, nobody is told anything.

use super::super::{Cursor, Epoch, Standing};

/// The lives of one channel, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lives {
    /// Never empty, and no life begins before the one that it follows.
    lives: Vec<Life>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    epoch: Epoch,
    /// The number after which it began.
    after: u64,
}

impl Lives {
    /// The lives that each began with that epoch after that number, in their order. `None` where there
    /// is none, or they are in no order that could have been.
    pub(crate) fn new(lives: impl IntoIterator<Item = (Epoch, u64)>) -> Option<Self> {
        let lives = lives
            .into_iter()
            .map(|(epoch, after)| Life { epoch, after });
        let lives: Vec<_> = lives.collect();
        let in_order = lives.is_sorted_by_key(|life| life.after);
        (in_order && !lives.is_empty()).then_some(Self { lives })
    }

    /// The place behind the record of that number.
    pub(crate) fn place(&self, seq: u64) -> Cursor {
        // What is older than the lives that are remembered is counted to the oldest of them, which
        // continued it.
        let life = self.lives.iter().rev().find(|life| life.after < seq);
        let life = life.or(self.lives.first());
        Cursor::new(life.map_or(Epoch::new(0), |life| life.epoch), seq)
    }

    /// The end of a channel whose newest record has that number: a place of the newest life, even
    /// where that has no record yet.
    pub(crate) fn end(&self, last: u64) -> Cursor {
        let newest = self.lives.last();
        Cursor::new(newest.map_or(Epoch::new(0), |life| life.epoch), last)
    }

    /// How a place stands to a channel that ends with the record `last`, as if it kept all of them.
    pub(crate) fn stand(&self, cursor: Cursor, last: u64) -> Standing {
        let Some(index) = self.index(cursor) else {
            return Standing::UnknownEpoch;
        };
        match self.lives.get(index + 1) {
            // Behind where its life was left off: of what was lost.
            Some(next) if cursor.seq() > next.after => Standing::Rewound,
            _ if cursor.seq() > last => Standing::Ahead,
            _ => Standing::Contiguous,
        }
    }

    /// Where to go on from a place that is [`Rewound`](Standing::Rewound): where the next life continued
    /// its own.
    pub(crate) fn rewound(&self, cursor: Cursor) -> Cursor {
        let next = self.index(cursor).and_then(|it| self.lives.get(it + 1));
        next.map_or(cursor, |next| Cursor::new(next.epoch, next.after))
    }

    fn index(&self, cursor: Cursor) -> Option<usize> {
        self.lives.iter().position(|it| it.epoch == cursor.epoch())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Epoch = Epoch::new(0xa);
    const B: Epoch = Epoch::new(0xb);
    const C: Epoch = Epoch::new(0xc);

    fn lives(lives: &[(Epoch, u64)]) -> Lives {
        Lives::new(lives.iter().copied()).unwrap()
    }

    fn stands(lives: &Lives, epoch: Epoch, seq: u64, last: u64) -> Standing {
        lives.stand(Cursor::new(epoch, seq), last)
    }

    #[test]
    fn there_is_always_a_life() {
        assert_eq!(Lives::new([]), None);
    }

    #[test]
    fn lives_follow_each_other() {
        assert_eq!(Lives::new([(A, 5), (B, 4)]), None);
        assert!(Lives::new([(A, 5), (B, 5)]).is_some());
    }

    #[test]
    fn a_record_has_the_epoch_of_the_life_that_wrote_it() {
        let lives = lives(&[(A, 0), (B, 5), (C, 7)]);
        let epochs = [0, 1, 5, 6, 7, 8, 100].map(|seq| lives.place(seq).epoch());
        assert_eq!(epochs, [A, A, A, B, B, C, C]);
    }

    #[test]
    fn what_is_older_than_memory_has_the_oldest_epoch() {
        let lives = lives(&[(B, 5), (C, 7)]);
        assert_eq!(lives.place(3), Cursor::new(B, 3));
        assert_eq!(stands(&lives, B, 3, 9), Standing::Contiguous);
        assert_eq!(stands(&lives, A, 3, 9), Standing::UnknownEpoch);
    }

    #[test]
    fn who_saw_only_what_is_left_misses_nothing() {
        let lives = lives(&[(A, 0), (B, 5)]);
        for seq in 0..=5 {
            assert_eq!(stands(&lives, A, seq, 6), Standing::Contiguous, "{seq}");
        }
    }

    #[test]
    fn who_saw_what_was_lost_is_told_although_the_number_is_there_again() {
        let lives = lives(&[(A, 0), (B, 5)]);
        assert_eq!(stands(&lives, A, 6, 9), Standing::Rewound);
        assert_eq!(stands(&lives, A, 12, 9), Standing::Rewound);
        assert_eq!(lives.rewound(Cursor::new(A, 6)), Cursor::new(B, 5));
    }

    #[test]
    fn a_place_behind_the_end_of_the_newest_life_is_ahead() {
        let lives = lives(&[(A, 0), (B, 5)]);
        assert_eq!(stands(&lives, B, 7, 7), Standing::Contiguous);
        assert_eq!(stands(&lives, B, 8, 7), Standing::Ahead);
    }

    #[test]
    fn the_end_is_a_place_of_the_newest_life() {
        let lives = lives(&[(A, 0), (B, 5)]);
        assert_eq!(lives.end(5), Cursor::new(B, 5));
        assert_eq!(stands(&lives, B, 5, 5), Standing::Contiguous);
        assert_eq!(lives.place(5), Cursor::new(A, 5));
    }

    #[test]
    fn every_place_that_is_given_is_a_place_as_long_as_nothing_is_lost() {
        let lives = lives(&[(A, 0), (B, 5), (C, 5)]);
        for seq in 0..=9 {
            assert_eq!(lives.stand(lives.place(seq), 9), Standing::Contiguous);
            assert_eq!(lives.stand(lives.end(seq), 9), Standing::Contiguous);
        }
    }
}
