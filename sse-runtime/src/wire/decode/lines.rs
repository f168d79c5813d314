//! Runs of text into lines.

use std::ops::{ControlFlow, Range};

use bytes::Bytes;
use bytestring::ByteString;

use super::block::Stop;
use super::limits::Limits;
use super::line_ends::LineEnds;
use super::utf8::Runs;

#[derive(Debug, Default)]
pub(super) struct Lines {
    runs: Runs,
    /// The run at hand.
    run: ByteString,
    cursor: Cursor,
    /// The last run ended in CR: an LF at the start of the next one belongs to that line end.
    after_cr: bool,
    /// The begin of a line that a cut divides, or that line until it has been read.
    carry: String,
    /// The rest of a block that is over a limit is passed over.
    skip: Option<Skip>,
    #[cfg(test)]
    pub(super) scanned: usize,
}

/// How far the run at hand has been read.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    ends: LineEnds,
    /// Where the next line begins.
    at: usize,
}

#[derive(Debug)]
struct Skip {
    /// The line at hand has no byte so far: if it ends here, the block does.
    blank: bool,
}

/// A line that begins and ends in the run at hand.
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) start: usize,
}

/// What there is to be read next.
pub(super) enum Next {
    /// The lines of a new run.
    Run,
    /// The line that a cut divided, and then those of the new run in which it ends.
    CutLine,
}

impl Line<'_> {
    /// Where in the run its bytes from `start` on are.
    #[inline]
    pub(super) fn range_from(&self, start: usize) -> Range<usize> {
        self.start + start..self.start + self.bytes.len()
    }
}

impl Lines {
    pub(super) fn push(&mut self, chunk: Bytes) {
        self.runs.push(chunk);
    }

    /// The run at hand, into which the start of a line points.
    pub(super) fn run(&self) -> &str {
        &self.run
    }

    /// The line that a cut divides. Who reads it leaves it empty.
    pub(super) fn carry(&mut self) -> &mut String {
        &mut self.carry
    }

    /// Calls `f` with the lines that begin and end in the run at hand, until it breaks.
    #[inline(always)]
    pub(super) fn try_for_each(
        &mut self,
        mut f: impl FnMut(&str, Line<'_>) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        // A copy, which can live in registers.
        let mut cursor = self.cursor;
        while let Some(line) = cursor.next(self.run.as_bytes()) {
            if let stop @ ControlFlow::Break(_) = f(&self.run, line) {
                self.cursor = cursor;
                return stop;
            }
        }
        self.cursor = cursor;
        ControlFlow::Continue(())
    }

    /// Goes on to the next run. What is left of the one at hand is the begin of a line.
    pub(super) fn next_run(&mut self, limits: Limits) -> ControlFlow<Stop, Next> {
        let run = std::mem::take(&mut self.run);
        #[cfg(test)]
        {
            self.scanned += self.cursor.ends.seen().min(run.len());
        }
        let Cursor { at, .. } = std::mem::take(&mut self.cursor);
        let rest = run.get(at..).unwrap_or_default();
        if let Some(skip) = &mut self.skip {
            skip.blank &= rest.is_empty();
        } else if let ControlFlow::Break(stop) = keep(&mut self.carry, rest, limits) {
            self.skip = Some(Skip { blank: false });
            return ControlFlow::Break(stop);
        }

        let Some(run) = self.runs.next() else {
            return ControlFlow::Break(Stop::End);
        };
        if self.after_cr && run.starts_with('\n') {
            // What looks like a blank line.
            self.cursor.next(run.as_bytes());
        }
        self.after_cr = run.ends_with('\r');
        self.run = run;
        self.pass_over();
        if self.carry.is_empty() {
            return ControlFlow::Continue(Next::Run);
        }
        let Some(line) = self.cursor.next(self.run.as_bytes()) else {
            return ControlFlow::Continue(Next::Run);
        };
        let rest = self.run.get(line.range_from(0)).unwrap_or_default();
        keep(&mut self.carry, rest, limits)?;
        ControlFlow::Continue(Next::CutLine)
    }

    /// Passes over the rest of the block.
    #[cold]
    pub(super) fn skip_block(&mut self) {
        self.skip.get_or_insert(Skip { blank: true });
        self.pass_over();
    }

    fn pass_over(&mut self) {
        while let Some(skip) = &mut self.skip
            && let Some(line) = self.cursor.next(self.run.as_bytes())
        {
            if skip.blank && line.bytes.is_empty() {
                self.skip = None;
            } else {
                skip.blank = true;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.carry.capacity()
    }
}

/// Adds `text` to a line that a cut divides.
fn keep(carry: &mut String, text: &str, limits: Limits) -> ControlFlow<Stop> {
    let flow = limits.line(carry.len() + text.len());
    if flow.is_break() {
        *carry = String::new();
    } else {
        carry.push_str(text);
    }
    flow
}

impl Cursor {
    /// "a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED
    /// (LF) character not preceded by a U+000D CARRIAGE RETURN (CR) character, and a single U+000D
    /// CARRIAGE RETURN (CR) character not followed by a U+000A LINE FEED (LF) character being the
    /// ways in which a line can end"
    ///
    /// A line that ended in CR is given out at once, not when the byte after it has come.
    #[inline(always)]
    fn next<'a>(&mut self, run: &'a [u8]) -> Option<Line<'a>> {
        loop {
            let end = self.ends.next(run)?;
            let start = std::mem::replace(&mut self.at, end + 1);
            let bytes = run.get(start..end)?;
            // What looks like a blank line between a CR and its LF.
            if bytes.is_empty()
                && run.get(end.wrapping_sub(1)) == Some(&b'\r')
                && run.get(end) == Some(&b'\n')
            {
                continue;
            }
            return Some(Line { bytes, start });
        }
    }
}
