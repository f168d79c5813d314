//! What a test that fails is told of the requests and responses that led there.

use std::fmt;

use http::HeaderMap;

use crate::excerpt::excerpt;

/// How many lines of a stream are told, the last ones.
const LINES: usize = 60;
/// How many characters of a line.
const CHARACTERS: usize = 200;

/// Headers, each a line after `mark`.
pub(super) fn headers(f: &mut fmt::Formatter<'_>, mark: char, headers: &HeaderMap) -> fmt::Result {
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        writeln!(f, "{mark} {name}: {value}")?;
    }
    Ok(())
}

/// The beginning of a body, each line after `mark`.
pub(super) fn body(f: &mut fmt::Formatter<'_>, mark: char, body: &[u8]) -> fmt::Result {
    if !body.is_empty() {
        writeln!(f, "{mark}")?;
    }
    for line in String::from_utf8_lossy(body).lines().take(LINES) {
        writeln!(f, "{mark} {}", excerpt(line, CHARACTERS))?;
    }
    Ok(())
}

/// The end of a stream, its equal lines in a row told once.
pub(super) fn stream(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for line in text.lines() {
        match runs.last_mut() {
            Some((last, times)) if *last == line => *times += 1,
            _ => runs.push((line, 1)),
        }
    }
    let first = runs.len().saturating_sub(LINES);
    let (left_out, told) = runs.split_at(first);
    if !left_out.is_empty() {
        let lines: usize = left_out.iter().map(|(_, times)| times).sum();
        writeln!(f, "({lines} lines before these)")?;
    }
    for (line, times) in told {
        writeln!(f, "{}", excerpt(line, CHARACTERS))?;
        if *times > 1 {
            writeln!(f, "({times} times)")?;
        }
    }
    Ok(())
}
