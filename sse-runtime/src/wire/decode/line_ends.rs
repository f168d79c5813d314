//! Where lines end in a text: the positions of its CR and LF, found 64 bytes at a time.

#[cfg(test)]
mod tests;

/// How many bytes are looked at together: one for each bit of a mask.
const BLOCK: usize = 64;

/// So many blocks without an end are the begin of a long line, for which `memchr` is faster.
const LONG: usize = 4;

/// The positions of CR and LF in one text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LineEnds {
    /// The ends in the last block that have not been given out, a bit each.
    ends: u64,
    /// Where that block ends.
    seen: usize,
}

impl LineEnds {
    /// The next one. `text` is the same in each call.
    #[inline(always)]
    pub(super) fn next(&mut self, text: &[u8]) -> Option<usize> {
        let mut blocks = 0;
        while self.ends == 0 {
            if blocks == LONG {
                // As if a block ended with that end.
                self.seen = far(text, self.seen)? + 1;
                self.ends = 1 << (BLOCK - 1);
                break;
            }
            let rest = text.get(self.seen..)?;
            self.ends = match rest.first_chunk() {
                Some(block) => ends(block),
                None => last_ends(text, rest.len())?,
            };
            self.seen += BLOCK;
            blocks += 1;
        }
        let end = self.seen - BLOCK + self.ends.trailing_zeros() as usize;
        self.ends &= self.ends - 1;
        Some(end)
    }

    /// How far the text has been looked at.
    #[cfg(test)]
    pub(super) fn seen(&self) -> usize {
        self.seen
    }
}

/// The first end in `text` from `start` on.
#[inline(never)]
fn far(text: &[u8], start: usize) -> Option<usize> {
    Some(start + memchr::memchr2(b'\r', b'\n', text.get(start..)?)?)
}

/// The ends in the last bytes of `text`, `len` of them, which is less than a block.
#[cold]
fn last_ends(text: &[u8], len: usize) -> Option<u64> {
    if len == 0 {
        return None;
    }
    let ends = match text.last_chunk() {
        Some(block) => ends(block),
        None => {
            let mut block = [0; BLOCK];
            let (_, end) = block.split_at_mut_checked(BLOCK - text.len())?;
            end.copy_from_slice(text);
            ends(&block)
        }
    };
    Some(ends >> (BLOCK - len))
}

/// Bit n says that byte n is a CR or LF.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[expect(
    unsafe_code,
    reason = "the compiler makes no such mask of safe code, which a decoder to nearly the speed of memchr needs"
)]
#[inline(always)]
fn ends(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };

    let (quarters, _) = block.as_chunks::<16>();
    quarters.iter().enumerate().fold(0, |ends, (n, quarter)| {
        // SAFETY: SSE2 is there, says the `cfg` above. What is loaded are the 16 bytes of
        // `quarter`, which may begin at any address.
        let found = unsafe {
            let bytes = _mm_loadu_si128(quarter.as_ptr().cast());
            _mm_movemask_epi8(_mm_or_si128(
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\r'.cast_signed())),
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\n'.cast_signed())),
            ))
        };
        ends | u64::from(found.cast_unsigned()) << (16 * n)
    })
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
use portable_ends as ends;

/// Bit n says that byte n is a CR or LF.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
#[inline]
fn portable_ends(block: &[u8; BLOCK]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const LOW: u64 = ONES * 0x7F;
    const CR: u64 = ONES * b'\r' as u64;
    const LF: u64 = ONES * b'\n' as u64;
    // A borrow into a highest bit that was not set, which few characters but ends cause.
    let may_have_ends = |word: u64| word.wrapping_sub(CR + ONES) & !word & !LOW != 0;
    // The highest bit of each byte that is zero: in all others a bit was set, or is carried there.
    let zeros = |word: u64| !(((word & LOW) + LOW) | word | LOW);

    let (words, _) = block.as_chunks();
    words.iter().rev().fold(0, |ends, word| {
        let word = u64::from_le_bytes(*word);
        if !may_have_ends(word) {
            return ends << 8;
        }
        let found = zeros(word ^ CR) | zeros(word ^ LF);
        // The product has the lowest bits of the eight bytes side by side in its highest byte.
        ends << 8 | (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}
