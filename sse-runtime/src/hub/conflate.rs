//! Which events a client gets that is behind, where only the newest of each key matters.
//!
//! If there is room for all of them, they go out in their order. If not, some have to wait for the next
//! turn, and by then their keys may have changed again: taken in the order of the newest, the key that
//! changes most would always be the last, and never be sent. So they are taken in the order in which
//! their keys first changed. What is then sent ahead of its place is remembered, to be passed over when
//! that is reached.

use std::collections::{HashMap, HashSet};

use crate::log::Entry;

/// The numbers of events that were sent ahead of the place up to which the channel was read. At most
/// one for each key that changed between there and the end of the channel.
#[derive(Debug, Default)]
pub(super) struct Ahead(HashSet<u64>);

impl Ahead {
    pub(super) fn clear(&mut self) {
        self.0 = HashSet::new();
    }
}

/// What is sent in one turn.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// The place in the channel that the event is sent at, whose id it gets, and the event, by their
    /// indexes.
    pub(super) sends: Vec<(usize, usize)>,
    /// How many of the entries are dealt with.
    pub(super) walked: usize,
    /// How many of those are neither sent nor replaced by what is.
    pub(super) unwanted: usize,
}

/// What there is room for on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) bytes: usize,
    /// What an event takes besides its lines: its id, which may be longer than all else.
    pub(super) id: usize,
}

/// Who goes first where there is not room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The keys that changed first.
    OfKeys,
    /// The events that are oldest: for a client that is sent everything as soon as it has caught up.
    /// One that comes back before it has is sent all that came after its id, which must not be older
    /// than what it was sent ahead.
    OfLog,
}

/// Plans a turn with all that there is from the place up to which the channel was read.
pub(super) fn plan(
    entries: &[Entry<'_>],
    wants: impl Fn(&Entry<'_>) -> bool,
    order: Order,
    ahead: &mut Ahead,
    room: Room,
) -> Turn {
    // What is not wanted replaces nothing.
    let mut newest = HashMap::new();
    for (index, entry) in entries.iter().enumerate().rev() {
        if let Some(key) = entry.key()
            && !newest.contains_key(key)
            && wants(entry)
        {
            newest.insert(key, index);
        }
    }
    let is_due = |index: &usize| {
        let Some(entry) = entries.get(*index) else {
            return false;
        };
        match entry.key() {
            Some(key) => newest.get(key) == Some(index) && !ahead.0.contains(&entry.cursor().seq()),
            None => wants(entry),
        }
    };
    let due: Vec<_> = (0..entries.len()).filter(is_due).collect();
    let lines = |index: usize| entries.get(index).map_or(0, |entry| entry.lines().len());
    let size = |index: usize| room.id + lines(index);
    let mut used = 0;
    let mut fits = |index: &&usize| {
        let fits = used < room.bytes || used == 0;
        used += size(**index);
        fits
    };
    let fitting = match order {
        Order::OfLog => due.iter().take_while(&mut fits).count(),
        Order::OfKeys if due.iter().map(|index| size(*index)).sum::<usize>() <= room.bytes => {
            due.len()
        }
        Order::OfKeys => 0,
    };
    if order == Order::OfLog || fitting == due.len() {
        let is_unwanted = |entry: &&Entry<'_>| match entry.key() {
            Some(key) => !newest.contains_key(key),
            None => !wants(entry),
        };
        let walked = due.get(fitting).copied().unwrap_or(entries.len());
        let dealt_with = entries.iter().take(walked);
        ahead.clear();
        return Turn {
            unwanted: dealt_with.filter(is_unwanted).count(),
            sends: due.into_iter().take(fitting).map(|it| (it, it)).collect(),
            walked,
        };
    }
    let mut sent = HashMap::new();
    for entry in entries {
        if let Some(key) = entry.key()
            && ahead.0.contains(&entry.cursor().seq())
        {
            sent.insert(key, entry.cursor().seq());
        }
    }
    let mut turn = Turn::default();
    let mut used = 0;
    for (index, entry) in entries.iter().enumerate() {
        let seq = entry.cursor().seq();
        let next = match entry.key() {
            None => wants(entry).then_some(index),
            Some(key) => newest.get(key).copied(),
        };
        let was_sent = ahead.0.remove(&seq)
            || entry
                .key()
                .and_then(|key| sent.get(key))
                .is_some_and(|sent| *sent > seq);
        turn.unwanted += usize::from(next.is_none());
        if let Some(next) = next.filter(|_| !was_sent) {
            if used >= room.bytes && !turn.sends.is_empty() {
                return turn;
            }
            used += size(next);
            turn.sends.push((index, next));
            if let Some(newest) = entries.get(next).filter(|_| next != index) {
                ahead.0.insert(newest.cursor().seq());
                sent.extend(newest.key().map(|key| (key, newest.cursor().seq())));
            }
        }
        turn.walked = index + 1;
    }
    turn
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::log::{Cursor, Epoch, Page, PageBuilder, Record, Standing};

    /// Events of these keys, numbered from `first` on.
    fn page(first: u64, keys: &[&str]) -> Page {
        let at = |seq| Cursor::new(Epoch::new(1), seq);
        let mut page = PageBuilder::new(Standing::Contiguous, at(first - 1));
        for (key, seq) in keys.iter().zip(first..) {
            let record = Record::new(b"data: 89\n").unwrap().with_key(key).unwrap();
            page.push(at(seq), &record);
        }
        page.finish(false, false)
    }

    fn entries(page: &Page) -> Vec<Entry<'_>> {
        page.runs().flat_map(|run| run.entries()).collect()
    }

    /// For so many bytes of lines.
    fn room(bytes: usize) -> Room {
        Room { bytes, id: 0 }
    }

    fn all(_: &Entry<'_>) -> bool {
        true
    }

    #[test]
    fn where_there_is_room_the_newest_go_out_in_their_order() {
        let page = page(1, &["a", "b", "a", "c", "b"]);
        let turn = plan(
            &entries(&page),
            all,
            Order::OfKeys,
            &mut Ahead::default(),
            room(1000),
        );
        assert_eq!(turn.sends, [(2, 2), (3, 3), (4, 4)]);
        assert_eq!(turn.walked, 5);
    }

    #[test]
    fn where_there_is_not_those_go_first_that_changed_first() {
        let page = page(1, &["a", "b", "a", "c", "b"]);
        let mut ahead = Ahead::default();
        let turn = plan(&entries(&page), all, Order::OfKeys, &mut ahead, room(10));
        assert_eq!(turn.sends, [(0, 2), (1, 4)]);
        // The third is dealt with too: it was sent ahead.
        assert_eq!(turn.walked, 3);
        assert_eq!(ahead.0, HashSet::from([5]));
    }

    #[test]
    fn where_everything_is_to_follow_nothing_is_sent_ahead() {
        let page = page(1, &["a", "b", "a", "c", "b"]);
        let mut ahead = Ahead::default();
        let turn = plan(&entries(&page), all, Order::OfLog, &mut ahead, room(10));
        assert_eq!(turn.sends, [(2, 2), (3, 3)]);
        assert_eq!(turn.walked, 4);
        assert_eq!(ahead.0, HashSet::new());
    }

    #[test]
    fn what_is_not_wanted_replaces_nothing() {
        let page = page(1, &["a", "b", "a"]);
        let wants = |entry: &Entry<'_>| entry.cursor().seq() != 3;
        let turn = plan(
            &entries(&page),
            wants,
            Order::OfKeys,
            &mut Ahead::default(),
            room(1000),
        );
        assert_eq!(turn.sends, [(0, 0), (1, 1)]);
    }

    /// 100 keys of which one changes with every second event, and turns that have room for 10.
    #[test]
    fn the_key_that_changes_most_is_sent_as_often_as_the_others() {
        let keys: Vec<_> = (0..100).map(|key| key.to_string()).collect();
        let mut published: Vec<&str> = Vec::new();
        let mut ahead = Ahead::default();
        let mut read = 0;
        let mut sent: HashMap<&str, Vec<usize>> = HashMap::new();
        for turn in 0..1000 {
            for n in 0..20 {
                let key = if n % 2 == 0 {
                    "hot"
                } else {
                    &*keys[(turn * 10 + n / 2) % 100]
                };
                published.push(key);
            }
            let page = page(read as u64 + 1, &published[read..]);
            let plan = plan(&entries(&page), all, Order::OfKeys, &mut ahead, room(80));
            for (at, event) in &plan.sends {
                let key = published[read + event];
                let times = sent.entry(key).or_default();
                assert!(
                    times.last().is_none_or(|last| *last < read + event),
                    "{key} goes back"
                );
                let newest = published.iter().rposition(|it| *it == key);
                assert_eq!(newest, Some(read + event), "{key} is out of date");
                assert!(at <= event);
                times.push(read + event);
            }
            read += plan.walked;
            assert!(ahead.0.len() <= 101);
        }
        let fewest = sent.values().map(Vec::len).min();
        assert!(
            sent.len() == 101 && fewest >= Some(40),
            "{fewest:?} of {}",
            sent.len()
        );
        assert!(sent["hot"].len() >= 40, "{}", sent["hot"].len());
    }
}
