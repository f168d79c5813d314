//! Reading an event stream: bytes in any cuts in, items out.
//!
//! Every byte is looked at once. What lies in one chunk is borrowed from it; what a cut divides is
//! copied, and no more than that. Quotations are from WHATWG HTML §9.2.6.

mod block;
mod error;
mod lines;

use std::time::Duration;

use bytes::Bytes;

use block::Block;
pub use error::DecodeError;
use lines::Lines;

/// Turns the bytes of one event stream into its items.
///
/// [`push`](Self::push) each chunk as it arrives, then take items until there are none. When the
/// stream ends, drop the decoder: "any pending data must be discarded".
///
/// A comment is no item: nothing may depend on its content, and that bytes came at all is known
/// to who pushes them.
///
/// ```
/// use sse_runtime::wire::{Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// let mut seen = Vec::new();
/// for chunk in [&b"id: 7\neve"[..], b"nt: alert\ndata: disk\nda", b"ta: is full\n\n: ping\n"] {
///     decoder.push(chunk);
///     while let Some(item) = decoder.next_item()? {
///         if let Item::Message(message) = item {
///             seen.push(format!("{} {:?}", message.event(), message.data()));
///         }
///     }
/// }
/// assert_eq!(seen, [r#"alert "disk\nis full""#]);
/// assert_eq!(decoder.last_event_id(), "7");
/// # Ok::<(), sse_runtime::wire::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    lines: Lines,
    block: Block,
    /// The item returned last was the block, which is over.
    delivered: bool,
    max_event: usize,
}

/// What a stream says. It borrows from the decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// An event with data, to be dispatched.
    Message(Message<'a>),
    /// An event without data: nothing to dispatch, but its id is the one to resume from.
    LastEventId(&'a str),
    /// How long to wait before reconnecting, from now on. A client clamps it: it may be 0, or
    /// years.
    Retry(Duration),
}

/// An event as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    event: Text<'a>,
    data: Text<'a>,
    last_event_id: &'a str,
}

/// Borrowed, but where bad UTF-8 had to be replaced.
type Text<'a> = std::borrow::Cow<'a, str>;

impl Message<'_> {
    /// The event's name; `message` where the stream gave none.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// The data, its lines joined by LF.
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The id to resume from after this event: its own, else that of the last one that had one.
    pub fn last_event_id(&self) -> &str {
        self.last_event_id
    }
}

/// The default of [`Decoder::max_line`] and [`Decoder::max_event`].
const LIMIT: usize = 16 << 20;

impl Decoder {
    /// A decoder at the start of a stream, with no last event id.
    #[must_use]
    pub fn new() -> Self {
        Self {
            lines: Lines::default(),
            block: Block::default(),
            delivered: false,
            max_event: LIMIT,
        }
    }

    /// Sets how many bytes a line may have, its end not counted. The default is 16 MiB.
    #[must_use]
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.lines.max_line = bytes;
        self
    }

    /// Sets how many bytes the data, the name and the id of an event may have together. The default
    /// is 16 MiB.
    ///
    /// A decoder holds at most this, one line, and the chunks not yet read.
    #[must_use]
    pub fn max_event(mut self, bytes: usize) -> Self {
        self.max_event = bytes;
        self
    }

    /// Adds the next bytes of the stream, cut anywhere.
    pub fn push(&mut self, chunk: impl Into<Bytes>) {
        self.lines.push(chunk.into());
    }

    /// The next item of what was pushed; `None` when more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where a line or an event is over its limit. The rest of that event is then
    /// skipped, its id too, and decoding goes on after it.
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, DecodeError> {
        if std::mem::take(&mut self.delivered) {
            self.block.clear();
        }
        let found = loop {
            let Some(line) = self.lines.next(&mut self.block)? else {
                return Ok(None);
            };
            let bytes = self.lines.bytes(&line);
            if bytes.is_empty() {
                if self.block.commit_id(self.lines.chunk()) || self.block.has_data() {
                    break None;
                }
                self.block.clear();
                continue;
            }
            let (end, chunk) = (line.end_in_chunk(), self.lines.chunk());
            let retry = self.block.field(bytes, end, chunk, self.max_event);
            self.lines.done(&line);
            match retry {
                Ok(None) => {}
                Ok(Some(retry)) => break Some(retry),
                Err(error) => {
                    self.block.clear();
                    self.lines.skip_block();
                    return Err(error);
                }
            }
        };
        if let Some(retry) = found {
            return Ok(Some(Item::Retry(retry)));
        }
        self.delivered = true;
        Ok(Some(self.block.item(self.lines.chunk())))
    }

    /// The id to resume from: that of the last event which was complete and had one, else empty.
    pub fn last_event_id(&self) -> &str {
        self.block.last_event_id()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
