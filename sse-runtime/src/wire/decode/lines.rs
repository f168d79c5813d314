//! Chunks into lines.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;

use super::block::Block;
use super::{DecodeError, LIMIT};

/// "Streams must be decoded using the UTF-8 decode algorithm", which "strips one leading UTF-8 Byte
/// Order Mark (BOM), if any".
const BOM: &[u8] = b"\xEF\xBB\xBF";

#[derive(Debug)]
pub(super) struct Lines {
    /// Not yet read; the first one up to `at`.
    chunks: VecDeque<Bytes>,
    at: usize,
    /// The begin of a line that a cut divides. Empty between lines.
    carry: Vec<u8>,
    /// The last line ended in CR: an LF right after it belongs to that end.
    after_cr: bool,
    /// How much of a BOM has been read; none once something else or all of it has.
    bom: Option<usize>,
    skip: Option<Skip>,
    pub(super) max_line: usize,
    #[cfg(test)]
    pub(super) scanned: usize,
}

/// A block over a limit is passed over up to its blank line.
#[derive(Debug)]
struct Skip {
    /// The line at hand has no byte so far.
    blank: bool,
}

/// A whole line: where its bytes are.
pub(super) enum Line {
    Chunk(Range<usize>),
    Carry,
}

impl Line {
    /// Where the line ends in the chunk at hand, unless it is a copy.
    pub(super) fn end_in_chunk(&self) -> Option<usize> {
        match self {
            Self::Chunk(range) => Some(range.end),
            Self::Carry => None,
        }
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            chunks: VecDeque::new(),
            at: 0,
            carry: Vec::new(),
            after_cr: false,
            bom: Some(0),
            skip: None,
            max_line: LIMIT,
            #[cfg(test)]
            scanned: 0,
        }
    }
}

impl Lines {
    pub(super) fn push(&mut self, chunk: Bytes) {
        self.chunks.push_back(chunk);
    }

    /// The chunk at hand, into which ranges point.
    pub(super) fn chunk(&self) -> &[u8] {
        self.chunks.front().map_or(&[], |chunk| chunk)
    }

    pub(super) fn bytes(&self, line: &Line) -> &[u8] {
        match line {
            Line::Chunk(range) => self.chunk().get(range.clone()).unwrap_or_default(),
            Line::Carry => &self.carry,
        }
    }

    /// The bytes of `line` are not needed any more.
    pub(super) fn done(&mut self, line: &Line) {
        if let Line::Carry = line {
            self.carry.clear();
            self.carry.shrink_to(super::block::KEEP);
        }
    }

    /// Passes over everything up to the next blank line.
    pub(super) fn skip_block(&mut self) {
        self.skip = Some(Skip { blank: true });
    }

    /// The next whole line. Where a chunk ends, `block` takes into its own hands what it had there.
    ///
    /// "a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED
    /// (LF) character not preceded by a U+000D CARRIAGE RETURN (CR) character, and a single U+000D
    /// CARRIAGE RETURN (CR) character not followed by a U+000A LINE FEED (LF) character being the
    /// ways in which a line can end"
    ///
    /// A line that ended in CR is given out at once, not when the byte after it has come.
    pub(super) fn next(&mut self, block: &mut Block) -> Result<Option<Line>, DecodeError> {
        loop {
            let Some(chunk) = self.chunks.front() else {
                return Ok(None);
            };
            let rest = chunk.get(self.at..).unwrap_or_default();
            if let Some(first) = rest.first() {
                if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                    self.at += 1;
                    continue;
                }
                if let Some(read) = self.bom {
                    self.strip_bom(read, *first);
                    continue;
                }
            }
            let found = memchr::memchr2(b'\r', b'\n', rest);
            #[cfg(test)]
            {
                self.scanned += found.map_or(rest.len(), |len| len + 1);
            }
            let found = match found {
                None => self.carry_on(block),
                Some(len) => {
                    self.after_cr = rest.get(len) == Some(&b'\r');
                    let line = self.at..self.at + len;
                    self.at = line.end + 1;
                    self.whole(line, block)
                }
            };
            if let Some(line) = found? {
                return Ok(Some(line));
            }
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.carry.capacity()
    }

    fn strip_bom(&mut self, read: usize, byte: u8) {
        if BOM.get(read) == Some(&byte) {
            self.at += 1;
            self.bom = Some(read + 1).filter(|read| *read < BOM.len());
        } else {
            // What looked like a BOM so far is the begin of the first line.
            self.carry
                .extend_from_slice(BOM.get(..read).unwrap_or_default());
            self.bom = None;
        }
    }

    /// A line end was found, `line` before it in the chunk. No line where it is passed over.
    fn whole(
        &mut self,
        line: Range<usize>,
        block: &mut Block,
    ) -> Result<Option<Line>, DecodeError> {
        if let Some(skip) = &mut self.skip {
            if skip.blank && line.is_empty() {
                self.skip = None;
            } else {
                skip.blank = true;
            }
            return Ok(None);
        }
        if self.carry.len() + line.len() > self.max_line {
            return Err(self.too_long(block, true));
        }
        if self.carry.is_empty() {
            return Ok(Some(Line::Chunk(line)));
        }
        let Self { carry, chunks, .. } = self;
        let rest = chunks.front().and_then(|chunk| chunk.get(line));
        carry.extend_from_slice(rest.unwrap_or_default());
        Ok(Some(Line::Carry))
    }

    /// The chunk ends inside a line: keeps that, and goes on to the next chunk.
    fn carry_on(&mut self, block: &mut Block) -> Result<Option<Line>, DecodeError> {
        let chunk = self.chunks.pop_front().unwrap_or_default();
        let rest = chunk
            .get(std::mem::take(&mut self.at)..)
            .unwrap_or_default();
        block.hold(&chunk);
        if let Some(skip) = &mut self.skip {
            skip.blank &= rest.is_empty();
        } else if self.carry.len() + rest.len() > self.max_line {
            return Err(self.too_long(block, false));
        } else {
            self.carry.extend_from_slice(rest);
        }
        Ok(None)
    }

    #[cold]
    fn too_long(&mut self, block: &mut Block, line_ended: bool) -> DecodeError {
        block.clear();
        self.carry = Vec::new();
        self.skip = Some(Skip { blank: line_ended });
        DecodeError::LineTooLong {
            limit: self.max_line,
        }
    }
}
