//! Data in lines: every line break in a value starts a new `data:` line.

use std::{fmt, io};

use serde_json::ser::Formatter;

/// "If the field name is "data": append the field value to the data buffer, then append a single
/// U+000A LINE FEED (LF) character to the data buffer." So each line of a value is a field of its
/// own.
pub(super) const FIELD: &[u8] = b"data: ";

const NEXT_LINE: &[u8] = b"\ndata: ";

/// Appends `text`, with [`NEXT_LINE`] for each CR, LF and CRLF in it.
#[inline]
pub(super) fn push(out: &mut Vec<u8>, text: &[u8]) {
    match memchr::memchr2(b'\r', b'\n', text) {
        None => out.extend_from_slice(text),
        Some(_) => push_lines(out, text),
    }
}

/// Where in `lines` the first `data:` line begins, or their end.
pub(super) fn start(lines: &[u8]) -> usize {
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    lines
        .take_while(|line| !line.starts_with(FIELD))
        .map(<[u8]>::len)
        .sum()
}

fn push_lines(out: &mut Vec<u8>, mut text: &[u8]) {
    while let Some((line, rest)) = split_line(text) {
        out.extend_from_slice(line);
        out.extend_from_slice(NEXT_LINE);
        text = rest;
    }
    out.extend_from_slice(text);
}

/// The text before the first line break and the text after it.
///
/// "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character
/// pair, a single U+000A LINE FEED (LF) character, or a single U+000D CARRIAGE RETURN (CR)
/// character."
fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = text.split_at_checked(memchr::memchr2(b'\r', b'\n', text)?)?;
    let rest = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..))?;
    Some((line, rest))
}

/// Where the data of one event is written piece by piece: what
/// [`Frame::data_with`](super::Frame::data_with) hands out.
///
/// CR, LF and CRLF each start one new `data:` line, also where a CRLF is cut in two between pieces.
#[derive(Debug)]
pub struct DataWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The last piece ended in CR: an LF at the start of the next one belongs to it.
    after_cr: bool,
}

impl<'a> DataWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            after_cr: false,
        }
    }
}

impl fmt::Write for DataWriter<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let Some(last) = piece.as_bytes().last() else {
            return Ok(());
        };
        let piece = match piece.strip_prefix('\n') {
            Some(rest) if self.after_cr => rest,
            _ => piece,
        };
        self.after_cr = *last == b'\r';
        push(self.out, piece.as_bytes());
        Ok(())
    }
}

/// Compact JSON in data lines.
///
/// serde_json escapes every CR and LF inside a string and, compact, puts none between tokens. What
/// it passes through unseen is the text of a `RawValue`, and of a number where some crate enables
/// `arbitrary_precision`. Breaking lines at those two doors leaves nothing to scan afterwards. They
/// are whole values, so no CRLF is cut in two between them.
pub(super) struct OneLine;

impl Formatter for OneLine {
    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_lines(out, fragment.as_bytes())
    }

    fn write_number_str<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        number: &str,
    ) -> io::Result<()> {
        write_lines(out, number.as_bytes())
    }
}

fn write_lines<W: ?Sized + io::Write>(out: &mut W, mut text: &[u8]) -> io::Result<()> {
    while let Some((line, rest)) = split_line(text) {
        out.write_all(line)?;
        out.write_all(NEXT_LINE)?;
        text = rest;
    }
    out.write_all(text)
}
