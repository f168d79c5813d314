//! Reading an event stream: bytes in any cuts in, items out.
//!
//! ```text
//! chunks → utf8 → runs of text → lines (line_ends) → field → block (value) → item
//! ```
//!
//! Text is checked a chunk at a time, line ends are found 64 bytes at a time, and no byte is looked at
//! again because more have come. What lies in one chunk is borrowed from it; what a cut divides is
//! copied, and no more than that. Quotations are from WHATWG HTML §9.2.6.

mod block;
mod error;
mod field;
mod limits;
mod line_ends;
mod lines;
mod utf8;
mod value;

use std::ops::ControlFlow;
use std::time::Duration;

use bytes::Bytes;

use super::EventId;
use block::{Block, Stop};
pub use error::DecodeError;
use limits::Limits;
use lines::{Lines, Next};

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
    limits: Limits,
    /// With all of the run at hand, a line or the block could come over its limit.
    tight: bool,
}

/// What a stream says. It borrows from the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
///
/// ```
/// use sse_runtime::wire::{Decoder, Item};
///
/// let mut decoder = Decoder::new();
/// decoder.push(&b"id: 7\nevent: alert\ndata: disk is full\n\ndata: disk is fine\n\n"[..]);
///
/// let Some(Item::Message(alert)) = decoder.next_item()? else { panic!() };
/// assert_eq!((alert.event(), alert.name()), ("alert", Some("alert")));
/// assert_eq!((alert.last_event_id(), alert.id()), ("7", Some("7")));
///
/// // What an event does not say itself, and what holds for it all the same.
/// let Some(Item::Message(other)) = decoder.next_item()? else { panic!() };
/// assert_eq!((other.event(), other.name()), ("message", None));
/// assert_eq!((other.last_event_id(), other.id()), ("7", None));
/// # Ok::<(), sse_runtime::wire::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    name: Option<&'a str>,
    data: &'a str,
    /// Whether `last_event_id` is its own.
    has_id: bool,
    last_event_id: &'a str,
    retry: Option<Duration>,
}

impl<'a> Message<'a> {
    /// The event's name; `message` where the stream gave none, or an empty one.
    pub fn event(&self) -> &'a str {
        match self.name {
            None | Some("") => "message",
            Some(name) => name,
        }
    }

    /// The name as its own `event:` line has it; `None` where it has no such line.
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// The data, its lines joined by LF.
    pub fn data(&self) -> &'a str {
        self.data
    }

    /// The id to resume from after this event: its own, else that of the last one that had one.
    pub fn last_event_id(&self) -> &'a str {
        self.last_event_id
    }

    /// The id of its own `id:` line; `None` where it has no such line.
    pub fn id(&self) -> Option<&'a str> {
        self.has_id.then_some(self.last_event_id)
    }

    /// The reconnection time that its own block has set. It was told before, as an
    /// [`Item::Retry`].
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }
}

impl Decoder {
    /// A decoder at the start of a stream, with no last event id.
    #[must_use]
    pub fn new() -> Self {
        Self {
            lines: Lines::default(),
            block: Block::default(),
            limits: Limits::default(),
            tight: true,
        }
    }

    /// Begins with the last event id of the stream that this one goes on with, as "the last event ID
    /// string" belongs to the event source, not to a connection.
    #[must_use]
    pub fn resume_from(mut self, id: &EventId) -> Self {
        self.block.set_last_event_id(id.as_str());
        self
    }

    /// Sets how many bytes a line may have, its end not counted. The default is 16 MiB.
    ///
    /// Here as in [`max_event`](Self::max_event), a byte sequence that is not UTF-8 counts as the
    /// U+FFFD it is replaced with: three bytes.
    #[must_use]
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.limits.line = bytes;
        self.tight = true;
        self
    }

    /// Sets how many bytes the data, the name and the id of an event may have together. The default
    /// is 16 MiB.
    ///
    /// A decoder holds at most this, one line, and the chunks not yet read.
    #[must_use]
    pub fn max_event(mut self, bytes: usize) -> Self {
        self.limits.event = bytes;
        self.tight = true;
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
    /// skipped, and decoding goes on after it. An id that it had before that counts, so that a client
    /// does not come back for what it cannot take.
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, DecodeError> {
        loop {
            let flow = if self.tight {
                self.read_within_limits()
            } else {
                let Self { lines, block, .. } = self;
                lines.try_for_each(|run, line| block.line(&line, run))
            };
            let flow = match flow {
                ControlFlow::Continue(()) => self.next_run(),
                stop => stop,
            };
            match flow {
                ControlFlow::Continue(()) => {}
                ControlFlow::Break(Stop::Item) => break,
                ControlFlow::Break(Stop::Retry(time)) => return Ok(Some(Item::Retry(time))),
                ControlFlow::Break(Stop::TooLong(error)) => {
                    self.block.give_up(self.lines.run(), self.limits);
                    self.lines.skip_block();
                    return Err(error);
                }
                ControlFlow::Break(Stop::End) => return Ok(None),
            }
        }
        Ok(Some(self.block.item(self.lines.run())))
    }

    /// Reads the lines of the run at hand, each of which could come over a limit.
    #[cold]
    fn read_within_limits(&mut self) -> ControlFlow<Stop> {
        let Self {
            lines,
            block,
            limits,
            ..
        } = self;
        lines.try_for_each(|run, line| {
            limits.line(line.bytes.len())?;
            block.line(&line, run)?;
            limits.event(block.len())
        })
    }

    /// Goes on to the next run, and reads the line that a cut divides if it ends there.
    #[cold]
    fn next_run(&mut self) -> ControlFlow<Stop> {
        let Self {
            lines,
            block,
            limits,
            tight,
        } = self;
        block.hold(lines.run());
        let next = lines.next_run(*limits);
        let most = lines.run().len() + lines.carry().len();
        *tight = limits.line(most).is_break() || limits.event(block.len() + most).is_break();
        if let Next::CutLine = next? {
            block.cut_line(lines.carry())?;
            limits.event(block.len())?;
        }
        ControlFlow::Continue(())
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
