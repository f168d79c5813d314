//! Chunks of bytes into runs of text.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use bytes::Bytes;
use bytestring::ByteString;

/// "Streams must be decoded using the UTF-8 decode algorithm": bad sequences become U+FFFD.
///
/// A run is a chunk as it came, where that can be. A character that a cut divides is a run of its own,
/// and a chunk with a bad sequence is copied.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Not yet read.
    chunks: VecDeque<Bytes>,
    /// The begin of a character that a cut divides.
    cut: Vec<u8>,
    /// There has been a character: a BOM is no mark any more.
    begun: bool,
}

impl Runs {
    pub(super) fn push(&mut self, chunk: Bytes) {
        self.chunks.push_back(chunk);
    }

    /// The text that comes next, never empty; `None` when more bytes are needed.
    pub(super) fn next(&mut self) -> Option<ByteString> {
        loop {
            let bytes = self.bytes()?;
            let mut run = self.decode(&bytes);
            // The algorithm "strips one leading UTF-8 Byte Order Mark (BOM), if any".
            if !self.begun && !run.is_empty() {
                self.begun = true;
                if let Some(rest) = run.strip_prefix('\u{feff}') {
                    run = run.slice_ref(rest);
                }
            }
            if !run.is_empty() {
                return Some(run);
            }
        }
    }

    /// The next bytes, which begin where a character does if they are good.
    fn bytes(&mut self) -> Option<Bytes> {
        let mut chunk = self.chunks.pop_front()?;
        let Some(lead) = self.cut.first() else {
            return Some(chunk);
        };
        // The lead byte has as many leading ones as its character has bytes.
        let missing = lead.leading_ones() as usize - self.cut.len();
        let end = chunk.split_to(missing.min(chunk.len()));
        if !chunk.is_empty() {
            self.chunks.push_front(chunk);
        }
        let mut character = std::mem::take(&mut self.cut);
        character.extend_from_slice(&end);
        Some(character.into())
    }

    fn decode(&mut self, bytes: &Bytes) -> ByteString {
        let (whole, cut) = bytes.split_at(bytes.len() - cut(bytes));
        self.cut.extend_from_slice(cut);
        ByteString::try_from(bytes.slice(..whole.len()))
            .unwrap_or_else(|_| String::from_utf8_lossy(whole).into_owned().into())
    }
}

/// How many bytes at the end are the begin of a character which the next bytes may complete.
fn cut(bytes: &[u8]) -> usize {
    if bytes.last().is_none_or(u8::is_ascii) {
        return 0;
    }
    let is_continuation = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    let continuations = bytes.iter().rev().take_while(|byte| is_continuation(byte));
    // A character has four bytes at most.
    let length = continuations.take(3).count() + 1;
    let end = bytes
        .len()
        .checked_sub(length)
        .and_then(|at| bytes.get(at..));
    match end.map(str::from_utf8) {
        Some(Err(error)) if error.error_len().is_none() => length,
        _ => 0,
    }
}
