//! Fields into what an event consists of.

use std::ops::ControlFlow;
use std::time::Duration;

use super::field::Field;
use super::limits::Limits;
use super::lines::Line;
use super::value::Value;
use super::{DecodeError, Item, Message};

/// What a buffer keeps of its capacity when it is emptied: one huge event does not cost for ever.
pub(super) const KEEP: usize = 64 << 10;

/// "When a stream is parsed, a data buffer, an event type buffer, and a last event ID buffer must
/// be associated with it."
#[derive(Debug, Default)]
pub(super) struct Block {
    data: Value,
    event: Value,
    id: Value,
    /// The reconnection time that this block has set.
    retry: Option<Duration>,
    last_event_id: String,
}

/// Why no further line is read for now.
pub(super) enum Stop {
    /// The block is over, and comes to an item.
    Item,
    /// The line sets the reconnection time.
    Retry(Duration),
    /// A limit is passed: the rest of the block is to be passed over.
    TooLong(DecodeError),
    /// There is none: more bytes are needed.
    End,
}

impl Block {
    /// Takes a line of the run at hand.
    #[inline(always)]
    pub(super) fn line(&mut self, line: &Line<'_>, run: &str) -> ControlFlow<Stop> {
        match Field::of(line.bytes) {
            // "If the data buffer is an empty string, set the data buffer and the event type buffer
            // to the empty string and return." A `data:` line without a value leaves an LF there:
            // that is data.
            Field::Blank if self.data.is_set() || self.id.is_set() => {
                return ControlFlow::Break(Stop::Item);
            }
            Field::Blank => {
                self.event.clear();
                self.retry = None;
            }
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED
            // (LF) character to the data buffer." Here the LF is put in front of each value but the
            // first, which leaves none to remove at the end.
            Field::Data(start) if self.data.is_set() => {
                let value = run.get(line.range_from(start)).unwrap_or_default();
                self.data.push_line(value, run);
            }
            Field::Data(start) => self.data.set(line.range_from(start)),
            // "Set the event type buffer to the field value."
            Field::Event(start) => self.event.set(line.range_from(start)),
            // "set the last event ID buffer to the field value"
            Field::Id(start) => self.id.set(line.range_from(start)),
            Field::Retry(time) => return self.retry(time),
            Field::Ignored => {}
        }
        ControlFlow::Continue(())
    }

    /// Takes a line that a cut divided, and leaves an empty string.
    pub(super) fn cut_line(&mut self, line: &mut String) -> ControlFlow<Stop> {
        let mut flow = ControlFlow::Continue(());
        match Field::of(line.as_bytes()) {
            Field::Data(start) if self.data.is_set() => {
                // What there is so far is held: the run with it is gone.
                let value = line.get(start..).unwrap_or_default();
                self.data.push_line(value, "");
            }
            Field::Data(start) => self.data.swap_in(line, start),
            Field::Event(start) => self.event.swap_in(line, start),
            Field::Id(start) => self.id.swap_in(line, start),
            Field::Retry(time) => flow = self.retry(time),
            // It has bytes on both sides of the cut.
            Field::Blank | Field::Ignored => {}
        }
        line.clear();
        line.shrink_to(KEEP);
        flow
    }

    /// "set the event stream's reconnection time to that integer": at once, whatever the block
    /// comes to.
    #[cold]
    fn retry(&mut self, time: Duration) -> ControlFlow<Stop> {
        self.retry = Some(time);
        ControlFlow::Break(Stop::Retry(time))
    }

    /// How many bytes the data, the name and the id have together.
    pub(super) fn len(&self) -> usize {
        self.data.len() + self.event.len() + self.id.len()
    }

    /// What the block comes to, which is over: "Initialize event's type attribute to "message", its
    /// data attribute to data, […] and its lastEventId attribute to the last event ID string of the
    /// event source. If the event type buffer has a value other than the empty string, change the
    /// type of the newly created event to equal the value of the event type buffer. Set the data
    /// buffer and the event type buffer to the empty string."
    #[inline]
    pub(super) fn item<'a>(&'a mut self, run: &'a str) -> Item<'a> {
        // "Set the last event ID string of the event source to the value of the last event ID
        // buffer." It is only set here, at the blank line, so the id of an event that is cut off by
        // the end of the stream does not count.
        let id = self.id.take(run);
        let has_id = id.is_some();
        if let Some(id) = id {
            self.last_event_id.clear();
            self.last_event_id.push_str(id);
        }
        let last_event_id = &*self.last_event_id;
        let name = self.event.take(run);
        let retry = self.retry.take();
        match self.data.take(run) {
            Some(data) => Item::Message(Message {
                name,
                data,
                has_id,
                last_event_id,
                retry,
            }),
            None => Item::LastEventId(last_event_id),
        }
    }

    pub(super) fn set_last_event_id(&mut self, id: &str) {
        id.clone_into(&mut self.last_event_id);
    }

    pub(super) fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Drops what there is of the block, which is over a limit, but for an id that is not.
    pub(super) fn give_up(&mut self, run: &str, limits: Limits) {
        let id = self.id.take(run);
        if let Some(id) = id.filter(|id| limits.event(id.len()).is_continue()) {
            id.clone_into(&mut self.last_event_id);
        }
        self.data.clear();
        self.event.clear();
        self.retry = None;
    }

    /// Takes into its own hands what lies in `run`, which goes away.
    pub(super) fn hold(&mut self, run: &str) {
        self.data.hold(run);
        self.event.hold(run);
        self.id.hold(run);
        self.last_event_id.shrink_to(KEEP);
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        let values = [&self.data, &self.event, &self.id].map(Value::capacity);
        values.iter().sum::<usize>() + self.last_event_id.capacity()
    }
}
