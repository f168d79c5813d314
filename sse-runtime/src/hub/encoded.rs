//! Events on their way into a log: encoded once, into buffers that are used again.

use std::cell::RefCell;
use std::mem;

use super::{Gap, PublishError};
use crate::describe::Endpoint;
use crate::log::Record;
use crate::wire::Frame;

/// The most bytes of events that are published in one batch.
pub(super) const MAX_BATCH_BYTES: usize = Record::MAX_BYTES;

/// What a thread keeps of a buffer between two events.
const SPARE_CAPACITY: usize = 64 * 1024;

thread_local! {
    static SPARE: RefCell<(Vec<u8>, String)> = const { RefCell::new((Vec::new(), String::new())) };
}

/// One event.
pub(super) struct Encoded {
    buffers: Buffers,
    has_key: bool,
    /// Whether it ends its stream.
    pub(super) ends: bool,
}

impl Encoded {
    pub(super) fn new<E: Endpoint<T>, T>(event: &T) -> Result<Self, PublishError> {
        let mut buffers = Buffers::take();
        Ok(Self {
            has_key: buffers.push::<E, T>(event)?,
            ends: E::ends(event),
            buffers,
        })
    }

    pub(super) fn record(&self) -> Result<Record<'_>, PublishError> {
        let key = self.has_key.then_some(self.buffers.keys.as_str());
        record(&self.buffers.lines, key)
    }
}

/// Events that are appended together.
pub(super) struct Batch {
    buffers: Buffers,
    /// Where each of them ends in the buffers, and whether it has a key.
    marks: Vec<(usize, usize, bool)>,
}

impl Batch {
    pub(super) fn new<'a, E: Endpoint<T>, T: 'a>(
        events: impl IntoIterator<Item = &'a T>,
    ) -> Result<Self, PublishError> {
        let mut batch = Self {
            buffers: Buffers::take(),
            marks: Vec::new(),
        };
        for (index, event) in events.into_iter().enumerate() {
            if E::ends(event) {
                return Err(PublishError::Last { index });
            }
            let has_key = batch.buffers.push::<E, T>(event)?;
            let Buffers { lines, keys } = &batch.buffers;
            if lines.len().saturating_add(keys.len()) > MAX_BATCH_BYTES {
                return Err(PublishError::BatchTooLarge);
            }
            batch.marks.push((lines.len(), keys.len(), has_key));
        }
        Ok(batch)
    }

    pub(super) fn records(&self) -> Result<Vec<Record<'_>>, PublishError> {
        let Buffers { lines, keys } = &self.buffers;
        let mut from = (0, 0);
        let records = self.marks.iter().map(|&(lines_end, keys_end, has_key)| {
            let lines = lines.get(from.0..lines_end).unwrap_or_default();
            let key = keys.get(from.1..keys_end).filter(|_| has_key);
            from = (lines_end, keys_end);
            record(lines, key)
        });
        records.collect()
    }
}

fn record<'a>(lines: &'a [u8], key: Option<&'a str>) -> Result<Record<'a>, PublishError> {
    let record = Record::new(lines)?;
    Ok(match key {
        Some(key) => record.with_key(key)?,
        None => record,
    })
}

/// The lines of events, and their keys, one behind the other.
struct Buffers {
    lines: Vec<u8>,
    keys: String,
}

impl Buffers {
    fn take() -> Self {
        let spare =
            SPARE.try_with(|spare| spare.try_borrow_mut().map(|mut it| mem::take(&mut *it)));
        let (lines, keys) = spare.ok().and_then(Result::ok).unwrap_or_default();
        Self { lines, keys }
    }

    /// Adds an event; whether it has a key.
    fn push<E: Endpoint<T>, T>(&mut self, event: &T) -> Result<bool, PublishError> {
        let start = self.lines.len();
        let mut frame = Frame::new(&mut self.lines);
        E::encode(event, &mut frame)?;
        frame.finish();
        // The log writes the blank line.
        self.lines
            .truncate(self.lines.len().saturating_sub(1).max(start));
        if is_named_gap(self.lines.get(start..).unwrap_or_default()) {
            return Err(PublishError::NamedGap);
        }
        Ok(E::key(event, &mut self.keys)?)
    }
}

impl Drop for Buffers {
    fn drop(&mut self) {
        let (mut lines, mut keys) = (mem::take(&mut self.lines), mem::take(&mut self.keys));
        lines.clear();
        lines.shrink_to(SPARE_CAPACITY);
        keys.clear();
        keys.shrink_to(SPARE_CAPACITY);
        // While its thread is being torn down there is nothing to keep a buffer for.
        let _ = SPARE.try_with(|spare| spare.try_borrow_mut().map(|mut it| *it = (lines, keys)));
    }
}

/// Whether the event has the name by which gaps are told.
fn is_named_gap(lines: &[u8]) -> bool {
    let before_data = lines
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.starts_with(b"data"));
    before_data
        .filter_map(|line| line.strip_prefix(b"event: "))
        .any(|name| name == Gap::EVENT.as_bytes())
}
