//! Lines into the fields of one event.

use std::ops::Range;
use std::time::Duration;

use super::{DecodeError, Item, Message, Text};

/// What a buffer keeps of its capacity when it is emptied: one huge event does not cost for ever.
pub(super) const KEEP: usize = 64 << 10;

/// "When a stream is parsed, a data buffer, an event type buffer, and a last event ID buffer must
/// be associated with it."
#[derive(Debug, Default)]
pub(super) struct Block {
    data: Value,
    event: Value,
    id: Value,
    last_event_id: String,
}

impl Block {
    /// "Process the field": `line` is not empty and ends at `end` in `chunk`, unless it is a copy.
    /// Returns the reconnection time if the line sets it.
    #[inline]
    pub(super) fn field(
        &mut self,
        line: &[u8],
        end: Option<usize>,
        chunk: &[u8],
        limit: usize,
    ) -> Result<Option<Duration>, DecodeError> {
        let (buffer, value) = match line {
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED
            // (LF) character to the data buffer." Here the LF is put in front of each value but the
            // first, which leaves none to remove at the end.
            [b'd', ..] => match value(line, b"data") {
                Some(value) if self.has_data() => {
                    if self.len() + 1 + value.len() > limit {
                        return Err(DecodeError::EventTooLong { limit });
                    }
                    self.data.add_line(value, chunk);
                    return Ok(None);
                }
                Some(value) => (&mut self.data, value),
                None => return Ok(None),
            },
            // "Set the event type buffer to the field value."
            [b'e', ..] => match value(line, b"event") {
                Some(value) => (&mut self.event, value),
                None => return Ok(None),
            },
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer
            // to the field value. Otherwise, ignore the field."
            [b'i', ..] => match value(line, b"id") {
                Some(value) if memchr::memchr(0, value).is_none() => (&mut self.id, value),
                _ => return Ok(None),
            },
            [b'r', ..] => return Ok(value(line, b"retry").and_then(milliseconds)),
            // "If the line starts with a U+003A COLON character (:): Ignore the line." and
            // "Otherwise: The field is ignored."
            _ => return Ok(None),
        };
        buffer.set(value, end);
        if self.len() > limit {
            return Err(DecodeError::EventTooLong { limit });
        }
        Ok(None)
    }

    #[inline]
    fn len(&self) -> usize {
        self.data.len() + self.event.len() + self.id.len()
    }

    /// "If the data buffer is an empty string, set the data buffer and the event type buffer to the
    /// empty string and return." A `data:` line without a value leaves an LF there: that is data.
    #[inline]
    pub(super) fn has_data(&self) -> bool {
        self.data.is_set()
    }

    /// "Set the last event ID string of the event source to the value of the last event ID buffer."
    /// Says whether this block had an id.
    ///
    /// The string is only set here, at the blank line, so the id of an event that is cut off by the
    /// end of the stream does not count.
    #[inline]
    pub(super) fn commit_id(&mut self, chunk: &[u8]) -> bool {
        let Some(id) = self.id.get(chunk) else {
            return false;
        };
        self.last_event_id.clear();
        self.last_event_id.shrink_to(KEEP);
        self.last_event_id.push_str(&text(id));
        true
    }

    pub(super) fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// What the block comes to: "Initialize event's type attribute to "message", its data attribute
    /// to data, […] and its lastEventId attribute to the last event ID string of the event source.
    /// If the event type buffer has a value other than the empty string, change the type of the
    /// newly created event to equal the value of the event type buffer."
    #[inline]
    pub(super) fn item<'a>(&'a self, chunk: &'a [u8]) -> Item<'a> {
        let last_event_id = &*self.last_event_id;
        let Some(data) = self.data.get(chunk) else {
            return Item::LastEventId(last_event_id);
        };
        let event = match self.event.get(chunk) {
            None | Some([]) => Text::Borrowed("message"),
            Some(event) => text(event),
        };
        Item::Message(Message {
            event,
            data: text(data),
            last_event_id,
        })
    }

    /// "Set the data buffer and the event type buffer to the empty string."
    #[inline]
    pub(super) fn clear(&mut self) {
        self.data.clear();
        self.event.clear();
        self.id.clear();
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        let values = [&self.data, &self.event, &self.id];
        let held: usize = values.iter().map(|value| value.held.capacity()).sum();
        held + self.last_event_id.capacity()
    }

    /// `chunk` goes away.
    pub(super) fn hold(&mut self, chunk: &[u8]) {
        self.data.hold(chunk);
        self.event.hold(chunk);
        self.id.hold(chunk);
    }
}

/// The value of `line` if its field is `name`.
///
/// "Collect the characters on the line before the first U+003A COLON character (:), and let field
/// be that string. Collect the characters on the line after the first U+003A COLON character (:),
/// and let value be that string. If value starts with a U+0020 SPACE character, remove it from
/// value." Without a colon: "using the whole line as the field name, and the empty string as the
/// field value".
#[inline]
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    match line.strip_prefix(name)? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}

/// "If the field value consists of only ASCII digits, then interpret the field value as an integer
/// in base ten, and set the event stream's reconnection time to that integer. Otherwise, ignore the
/// field." An empty value is no integer; one beyond `u64` is its maximum.
fn milliseconds(value: &[u8]) -> Option<Duration> {
    if value.is_empty() {
        return None;
    }
    let number = value.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| digit - b'0')?;
        Some(number.saturating_mul(10).saturating_add(digit.into()))
    });
    number.map(Duration::from_millis)
}

/// "Streams must be decoded using the UTF-8 decode algorithm": bad sequences become U+FFFD. Line
/// ends, colons and spaces are ASCII, so none is part of a bad sequence and decoding each value by
/// itself gives the same text.
#[inline]
fn text(bytes: &[u8]) -> Text<'_> {
    match str::from_utf8(bytes) {
        Ok(text) => Text::Borrowed(text),
        Err(_) => Text::Owned(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// A buffer of the algorithm: a range of the chunk at hand as long as that will do, else a copy.
#[derive(Debug, Default)]
struct Value {
    place: Place,
    held: Vec<u8>,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Unset,
    Chunk(Range<usize>),
    Held,
}

impl Value {
    #[inline]
    fn is_set(&self) -> bool {
        !matches!(self.place, Place::Unset)
    }

    #[inline]
    fn len(&self) -> usize {
        match &self.place {
            Place::Unset => 0,
            Place::Chunk(range) => range.len(),
            Place::Held => self.held.len(),
        }
    }

    #[inline]
    fn get<'a>(&'a self, chunk: &'a [u8]) -> Option<&'a [u8]> {
        match &self.place {
            Place::Unset => None,
            Place::Chunk(range) => chunk.get(range.clone()),
            Place::Held => Some(&self.held),
        }
    }

    #[inline]
    fn set(&mut self, value: &[u8], end: Option<usize>) {
        match end {
            Some(end) => self.place = Place::Chunk(end - value.len()..end),
            None => {
                self.held.clear();
                self.held.extend_from_slice(value);
                self.place = Place::Held;
            }
        }
    }

    fn add_line(&mut self, value: &[u8], chunk: &[u8]) {
        self.hold(chunk);
        self.held.push(b'\n');
        self.held.extend_from_slice(value);
    }

    fn hold(&mut self, chunk: &[u8]) {
        if let Place::Chunk(range) = &self.place {
            self.held.clear();
            self.held
                .extend_from_slice(chunk.get(range.clone()).unwrap_or_default());
            self.place = Place::Held;
        }
    }

    #[inline]
    fn clear(&mut self) {
        if let Place::Held = std::mem::take(&mut self.place) {
            self.held.clear();
            self.held.shrink_to(KEEP);
        }
    }
}
