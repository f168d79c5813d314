//! What a read gives.

use super::segment::{SEGMENT_BYTES, SegmentBuilder};
use super::{Cursor, Record, Run};

/// How much one read takes. One record is always taken, however large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    records: usize,
    bytes: usize,
}

impl Limit {
    /// At most so many records, and so many bytes of them on the wire.
    #[must_use]
    pub const fn new(records: usize, bytes: usize) -> Self {
        Self { records, bytes }
    }

    /// How many records.
    #[must_use]
    pub const fn records(self) -> usize {
        self.records
    }

    /// How many bytes on the wire.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }
}

impl Default for Limit {
    /// 64 KiB of any number of records: what a reader who is far behind takes in one turn, before it
    /// is the turn of others.
    fn default() -> Self {
        Self::new(usize::MAX, 64 * 1024)
    }
}

/// How a cursor stands to what the log holds: whether who comes back with it has missed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The log holds all that came after it.
    Contiguous,
    /// Records after it are gone, or may be: a log that [does not count](super::Property::ExactMissed)
    /// cannot always tell. The page begins with the oldest that is left.
    Truncated {
        /// How many are gone, where the log knows.
        missed: Option<u64>,
    },
    /// It is of an epoch that is not the log's. The page is empty, and its next cursor is the end of
    /// the channel.
    UnknownEpoch,
    /// It is behind records that the log had and lost, as in a failover to a replica that lagged.
    /// The page is empty, and its next cursor is the place before the first that was lost: what comes
    /// after that has not been seen by anyone who was before it.
    Rewound,
    /// It is of this epoch, but behind the end of the channel: of a future that did not come to be.
    /// The page is empty, and its next cursor is the end of the channel.
    Ahead,
}

/// A stretch of a channel: what [`EventLog::read_after`](super::EventLog::read_after) gives.
///
/// ```
/// use sse_runtime::log::{ChannelName, EventLog, Limit, MemoryLog, Record, Run, Standing};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let log = MemoryLog::default();
/// let room = ChannelName::new("room-1")?;
/// let start = log.extent(&room).await?.newest;
/// let hello = Record::new(b"data: hello\n")?.with_key("ann")?;
/// log.append_all(&room, &[hello; 3]).await?;
///
/// let page = log.read_after(&room, start, Limit::new(2, 64 * 1024)).await?;
/// assert_eq!(page.standing(), Standing::Contiguous);
/// for entry in page.runs().flat_map(Run::entries) {
///     assert_eq!((entry.key(), entry.lines()), (Some("ann"), &b"data: hello\n"[..]));
/// }
///
/// // The third did not fit into the limit, so nobody waits for a hint.
/// assert!(page.has_more());
/// let rest = log.read_after(&room, page.next(), Limit::default()).await?;
/// assert!(!rest.has_more() && !rest.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Page {
    standing: Standing,
    /// Apart from the others, as there is mostly one, and no list to be allocated for it.
    first: Option<Run>,
    others: Vec<Run>,
    next: Cursor,
    has_more: bool,
    is_end: bool,
}

impl Page {
    pub(super) fn empty(standing: Standing, at: Cursor) -> Self {
        Self {
            standing,
            first: None,
            others: Vec::new(),
            next: at,
            has_more: false,
            is_end: false,
        }
    }

    pub(super) fn push(&mut self, run: Run) {
        self.next = run.end();
        match self.first {
            None => self.first = Some(run),
            Some(_) => self.others.push(run),
        }
    }

    /// The same as a reader with that limit sees it.
    #[cfg(any(feature = "nats", feature = "postgres", feature = "redis"))]
    pub(super) fn cut(self, limit: Limit) -> Self {
        let (mut records, mut bytes) = (limit.records(), limit.bytes());
        let mut cut = Self::empty(self.standing, self.next);
        for run in self.runs() {
            let taken = run.take(0, (records, bytes), cut.is_empty());
            let Some(taken) = taken else {
                break;
            };
            records = records.saturating_sub(taken.len());
            bytes = bytes.saturating_sub(taken.byte_len());
            let is_whole = taken.len() == run.len();
            cut.push(taken);
            if !is_whole {
                break;
            }
        }
        let is_cut = cut.next != self.next;
        cut.finish(self.has_more || is_cut, self.is_end);
        cut
    }

    pub(super) fn finish(&mut self, has_more: bool, is_end: bool) {
        self.has_more = has_more;
        self.is_end = is_end && !has_more;
    }

    /// How the cursor stood.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// The records, oldest first, in as few runs as they lie in.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.first.iter().chain(&self.others)
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Where to read on.
    #[must_use]
    pub fn next(&self) -> Cursor {
        self.next
    }

    /// Whether there were more records than the limit allowed: reading on finds them at once, and no
    /// hint comes for them.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Whether the channel has ended and nothing comes after this page.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.is_end
    }
}

/// Makes a page of records that were read from somewhere: for engines.
///
/// ```
/// use sse_runtime::log::{Cursor, Epoch, PageBuilder, Record, Standing};
///
/// let epoch = Epoch::new(0xbee);
/// let mut page = PageBuilder::new(Standing::Contiguous, Cursor::new(epoch, 6));
/// page.push(Cursor::new(epoch, 7), &Record::new(b"data: hello\n")?);
/// let page = page.finish(false, false);
/// assert_eq!(page.next(), Cursor::new(epoch, 7));
/// assert_eq!(page.runs().next().unwrap().wire(), "id: bee-7\ndata: hello\n\n");
/// # Ok::<(), sse_runtime::log::InvalidRecord>(())
/// ```
#[derive(Debug)]
pub struct PageBuilder {
    page: Page,
    /// Records that are being put together.
    open: Option<SegmentBuilder>,
}

impl PageBuilder {
    /// A page without records. Its next cursor is `at` until a record is pushed.
    #[must_use]
    pub fn new(standing: Standing, at: Cursor) -> Self {
        Self {
            page: Page::empty(standing, at),
            open: None,
        }
    }

    /// Adds the record behind which `cursor` is. The oldest comes first.
    pub fn push(&mut self, cursor: Cursor, record: &Record<'_>) {
        if cursor.epoch() != self.page.next.epoch() {
            self.close();
        }
        let open = self
            .open
            .get_or_insert_with(|| SegmentBuilder::new(cursor.epoch(), 0, 0));
        open.push(cursor.seq(), record);
        self.page.next = cursor;
        if open.size() >= SEGMENT_BYTES {
            self.close();
        }
    }

    /// The page. `has_more` says that there are records after it, `is_end` that there will never be.
    #[must_use]
    pub fn finish(mut self, has_more: bool, is_end: bool) -> Page {
        self.close();
        self.page.finish(has_more, is_end);
        self.page
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.page.push(Run::whole(open.finish()));
        }
    }
}
