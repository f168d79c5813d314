//! Writing events: one [`Frame`] is one block of the stream, on the wire whole or not at all.

mod data;
mod error;
mod key;
mod line;
mod scalar;

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::{Event, Role};
pub use data::DataWriter;
use data::OneLine;
pub use error::{EncodeError, EncodeErrorKind};
pub(crate) use key::{key_display, key_scalar};
use line::LineOf;
pub(crate) use line::{IdLine, Line, NameLine};
use scalar::TakeText;

/// What keeps an idle connection alive: a comment. There is no blank line after it, so that no
/// client takes it for the end of an event.
pub const KEEP_ALIVE: &[u8] = b":\n";

/// One event being written at the end of a buffer.
///
/// Each method adds the line or lines of one role. What it adds is in the buffer for good once
/// [`finish`](Self::finish) is called; a frame dropped before that, by an early return or a panic,
/// leaves the buffer as it found it. A method that fails adds nothing.
///
/// Lines are UTF-8, end in LF, and have exactly one space after the colon, empty values too: one
/// rule, and a value that begins with a space keeps it ("If value starts with a U+0020 SPACE
/// character, remove it from value").
///
/// ```
/// use sse_runtime::wire::Frame;
///
/// let mut stream = Vec::new();
/// let mut frame = Frame::new(&mut stream);
/// frame.id_scalar(&7)?;
/// frame.event("alert")?;
/// frame.data("disk\r\nis full");
/// frame.finish();
/// assert_eq!(stream, b"id: 7\nevent: alert\ndata: disk\ndata: is full\n\n");
///
/// let mut frame = Frame::new(&mut stream);
/// frame.data("half an event");
/// drop(frame);
/// assert!(stream.ends_with(b"is full\n\n"));
/// # Ok::<(), sse_runtime::wire::EncodeError>(())
/// ```
#[derive(Debug)]
#[must_use = "a frame that is not finished takes back what it wrote"]
pub struct Frame<'a> {
    out: &'a mut Vec<u8>,
    /// Where the buffer is cut when this frame is dropped.
    start: usize,
    has_id: bool,
}

impl<'a> Frame<'a> {
    /// Begins an event after what is in `out`.
    #[inline]
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            start: out.len(),
            out,
            has_id: false,
        }
    }

    /// Adds `id: {id}`.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Text`] where `id` holds CR, LF or NUL.
    #[inline]
    pub fn id(&mut self, id: &str) -> Result<(), EncodeError> {
        self.text::<IdLine>(id)
    }

    /// Adds an `id:` line with the text of a scalar: a string, a character, an integer or a unit
    /// variant, also inside a newtype or `Some`. Nothing at all for `None`.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Type`] where `id` is none of these, and what [`id`](Self::id) says.
    #[inline]
    pub fn id_scalar<T: Serialize + ?Sized>(&mut self, id: &T) -> Result<(), EncodeError> {
        self.scalar::<IdLine, _>(id)
    }

    /// Adds an `id:` line with the text that `id` displays.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Text`] where that holds CR, LF or NUL; [`EncodeErrorKind::Custom`] where
    /// displaying fails.
    pub fn id_display<T: fmt::Display + ?Sized>(&mut self, id: &T) -> Result<(), EncodeError> {
        self.display::<IdLine, _>(id)
    }

    /// Adds `event: {name}`.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Text`] where `name` holds CR or LF.
    // Always: where the name is a literal, its check is then done at compile time.
    #[inline(always)]
    pub fn event(&mut self, name: &str) -> Result<(), EncodeError> {
        self.text::<NameLine>(name)
    }

    /// Adds an `event:` line with the text of a scalar, as [`id_scalar`](Self::id_scalar) does.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Type`] where `name` is no scalar; [`EncodeErrorKind::Text`] where its
    /// text holds CR or LF.
    #[inline]
    pub fn event_scalar<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), EncodeError> {
        self.scalar::<NameLine, _>(name)
    }

    /// Adds `event: {name}` in front of the data that this frame already has: for enums that name
    /// their variant only while they are serialised. Costs a move of that data.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Text`] where `name` holds CR or LF.
    pub fn insert_event(&mut self, name: &str) -> Result<(), EncodeError> {
        let end = self.out.len();
        self.event(name)?;
        let added = self.out.len() - end;
        let at = self.start + data::start(self.out.get(self.start..end).unwrap_or_default());
        if let Some(moved) = self.out.get_mut(at..) {
            moved.rotate_right(added);
        }
        Ok(())
    }

    /// Adds `retry: {milliseconds}`. What is less than a millisecond is cut off; more than `u64`
    /// holds is its maximum.
    pub fn retry(&mut self, retry: Duration) {
        let milliseconds = u64::try_from(retry.as_millis()).unwrap_or(u64::MAX);
        self.line(
            b"retry: ",
            itoa::Buffer::new().format(milliseconds).as_bytes(),
        );
    }

    /// Adds `text` as `data:` lines. CR, LF and CRLF each start one new line; the empty text is one
    /// line too.
    #[inline]
    pub fn data(&mut self, text: &str) {
        self.begin_data();
        data::push(self.out, text.as_bytes());
        self.out.push(b'\n');
    }

    /// Adds what `value` displays as `data:` lines, as [`data_with`](Self::data_with) does.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Custom`] where displaying fails.
    pub fn data_display<T: fmt::Display + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.data_with(|data| fmt::write(data, format_args!("{value}")))
    }

    /// Adds what `write` writes as `data:` lines, broken as it is written; one empty line where it
    /// writes nothing.
    ///
    /// ```
    /// use std::fmt::Write;
    /// use sse_runtime::wire::Frame;
    ///
    /// let mut stream = Vec::new();
    /// let mut frame = Frame::new(&mut stream);
    /// frame.data_with(|data| {
    ///     write!(data, "<p>\r")?;
    ///     write!(data, "\n{}</p>", 7)
    /// })?;
    /// frame.finish();
    /// assert_eq!(stream, b"data: <p>\ndata: 7</p>\n\n");
    /// # Ok::<(), sse_runtime::wire::EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Custom`] where `write` returns an error.
    pub fn data_with(
        &mut self,
        write: impl FnOnce(&mut DataWriter<'_>) -> fmt::Result,
    ) -> Result<(), EncodeError> {
        let start = self.begin_data();
        match write(&mut DataWriter::new(self.out)) {
            Ok(()) => {
                self.out.push(b'\n');
                Ok(())
            }
            Err(fmt::Error) => {
                self.out.truncate(start);
                Err(EncodeError::custom(Role::Data, error::FORMAT_FAILED))
            }
        }
    }

    /// Adds `value` as JSON: one `data:` line, or more where a
    /// [`RawValue`](https://docs.rs/serde_json/1/serde_json/value/struct.RawValue.html) brings line
    /// breaks of its own.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Json`] where `value` has no JSON form or its `Serialize` fails.
    #[inline]
    pub fn data_json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        let start = self.begin_data();
        let mut json = serde_json::Serializer::with_formatter(&mut *self.out, OneLine);
        match value.serialize(&mut json) {
            Ok(()) => {
                self.out.push(b'\n');
                Ok(())
            }
            Err(error) => {
                self.out.truncate(start);
                Err(EncodeError::json(error))
            }
        }
    }

    /// Adds all lines of an untyped event.
    pub fn write(&mut self, event: &Event) {
        if let Some(id) = event.get_id() {
            self.checked::<IdLine>(id.as_str().as_bytes());
        }
        if let Some(name) = event.get_event() {
            self.checked::<NameLine>(name.as_str().as_bytes());
        }
        if let Some(retry) = event.get_retry() {
            self.retry(retry);
        }
        if let Some(data) = event.get_data() {
            self.data(data);
        }
    }

    /// Adds a comment, which clients skip: one `:` line for each line of `text`.
    pub fn comment(&mut self, text: &str) {
        for line in text
            .split('\n')
            .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
        {
            self.line(b": ", line.as_bytes());
        }
    }

    /// Adds the line `L` with the text of a scalar.
    // Always: of the serializer and its methods, only what the type needs is left.
    #[inline(always)]
    pub(crate) fn scalar<L: Line, T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(), EncodeError> {
        scalar::read(value, LineOf::<L>::new(self)).map(|_| ())
    }

    /// Adds the line `L` with the text that `value` displays.
    pub(crate) fn display<L: Line, T: fmt::Display + ?Sized>(
        &mut self,
        value: &T,
    ) -> Result<(), EncodeError> {
        LineOf::<L>::new(self).take_display(value)
    }

    /// Whether no line was written yet.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.out.len() == self.start
    }

    /// Ends the event with its blank line, so that it stays in the buffer. A frame without a line
    /// leaves nothing.
    #[inline]
    pub fn finish(mut self) -> Finished {
        if !self.is_empty() {
            self.out.push(b'\n');
        }
        self.start = self.out.len();
        Finished {
            has_id: self.has_id,
        }
    }

    /// The caller has made sure that `value` stays on one line.
    #[inline]
    fn line(&mut self, field: &'static [u8], value: &[u8]) {
        self.out.extend_from_slice(field);
        self.out.extend_from_slice(value);
        self.out.push(b'\n');
    }

    /// Adds a line that was checked and put together when it was compiled.
    #[inline]
    pub(crate) fn constant(&mut self, line: &'static str) {
        self.out.extend_from_slice(line.as_bytes());
    }

    /// Adds the line `L`, where `text` fits on it.
    #[inline(always)]
    fn text<L: Line>(&mut self, text: &str) -> Result<(), EncodeError> {
        L::check(text.as_bytes())?;
        self.checked::<L>(text.as_bytes());
        Ok(())
    }

    /// Adds the line `L` with a text that was checked.
    #[inline]
    fn checked<L: Line>(&mut self, text: &[u8]) {
        self.out.extend_from_slice(L::FIELD);
        self.out.extend_from_slice(text);
        self.end_text::<L>();
    }

    /// Ends the line `L`, whose text is in the buffer.
    #[inline]
    fn end_text<L: Line>(&mut self) {
        self.out.push(b'\n');
        self.has_id |= L::ROLE == Role::Id;
    }

    /// Begins a `data:` line; returns where, for it to be taken back.
    #[inline]
    fn begin_data(&mut self) -> usize {
        let start = self.out.len();
        self.out.extend_from_slice(data::FIELD);
        start
    }
}

impl Drop for Frame<'_> {
    #[inline]
    fn drop(&mut self) {
        self.out.truncate(self.start);
    }
}

/// What a finished [`Frame`] was.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Finished {
    /// An `id:` line was written: it is now the client's resume point.
    pub has_id: bool,
}

#[cfg(test)]
mod tests;
