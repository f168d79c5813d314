//! Records that the engine sends without being asked.

use tokio::time::Instant;

use super::super::super::{Cursor, Entry, Page, Run};
use super::reads::put;
use super::{Due, Progress};

impl Progress {
    /// The channel has these records, and none between `after` and the first of them. Where they follow
    /// on what was read, they are read already; otherwise they are a hint.
    pub(in super::super) fn came(&mut self, after: Cursor, page: &Page, now: Instant) -> Due {
        let due = self.take(after, page, now);
        if !self.awaits() && !self.may_have_more(0) {
            self.settled = self.owed;
        }
        due
    }

    fn take(&mut self, after: Cursor, page: &Page, now: Instant) -> Due {
        let hinted = self.hinted(Some(page.next()), now);
        let has_ended = self.has_ended;
        let Some(ring) = self.ring.as_mut().filter(|_| !has_ended) else {
            return hinted;
        };
        let before = ring.end();
        let is_new = page.next().epoch() == before.epoch() && page.next().seq() > before.seq();
        let follows = ring.number(after).is_some_and(|it| it <= before.seq());
        if !is_new || !follows {
            return hinted;
        }
        put(ring, before, page, now);
        let entries = page.runs().flat_map(Run::entries);
        let new = entries.filter(|entry: &Entry<'_>| entry.cursor().seq() > before.seq());
        let to = self.who_wants(new.map(|entry| entry.key()), now);
        self.due().and_tell(to)
    }
}
