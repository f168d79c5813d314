//! A line into a field.

use std::time::Duration;

/// What a line says. The numbers are where in the line the value begins.
pub(super) enum Field {
    /// The line is blank: the block is over.
    Blank,
    Data(usize),
    Event(usize),
    Id(usize),
    Retry(Duration),
    Ignored,
}

impl Field {
    #[inline(always)]
    pub(super) fn of(line: &[u8]) -> Self {
        let field = match line {
            [] => Some(Self::Blank),
            [b'd', ..] => value(line, b"data:").map(Self::Data),
            [b'e', ..] => value(line, b"event:").map(Self::Event),
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer
            // to the field value. Otherwise, ignore the field."
            [b'i', ..] => value(line, b"id:").filter(|_| !has_nul(line)).map(Self::Id),
            [b'r', ..] => value(line, b"retry:")
                .and_then(|start| milliseconds(line.get(start..)?))
                .map(Self::Retry),
            // "If the line starts with a U+003A COLON character (:): Ignore the line." and
            // "Otherwise: The field is ignored."
            _ => None,
        };
        field.unwrap_or(Self::Ignored)
    }
}

/// Where the value of `line` begins if it is the field `name`, which is given with its colon.
///
/// "Collect the characters on the line before the first U+003A COLON character (:), and let field
/// be that string. Collect the characters on the line after the first U+003A COLON character (:),
/// and let value be that string. If value starts with a U+0020 SPACE character, remove it from
/// value." Without a colon: "using the whole line as the field name, and the empty string as the
/// field value".
#[inline]
fn value<const N: usize>(line: &[u8], name: &[u8; N]) -> Option<usize> {
    if line.starts_with(name) {
        return Some(N + usize::from(line.get(N) == Some(&b' ')));
    }
    (name.strip_suffix(b":") == Some(line)).then_some(line.len())
}

/// Whether there is a NUL in `line`, which is short where an id is.
#[inline]
fn has_nul(line: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // Only a zero gets its highest bit by subtracting 1 where no lower byte borrows.
    let has_nul = |bytes: &[u8; 8]| {
        let word = u64::from_ne_bytes(*bytes);
        word.wrapping_sub(ONES) & !word & (ONES << 7) != 0
    };
    match (line.first_chunk(), line.last_chunk()) {
        // Together they are all of it.
        (Some(first), Some(last)) if line.len() <= 16 => has_nul(first) || has_nul(last),
        _ => line.contains(&0),
    }
}

/// "If the field value consists of only ASCII digits, then interpret the field value as an integer
/// in base ten, and set the event stream's reconnection time to that integer. Otherwise, ignore the
/// field." An empty value is no integer; one beyond `u64` is its maximum.
#[cold] // Rare, and out of the way of the other fields.
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
