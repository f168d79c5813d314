//! A route with its parameters filled in.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::{RequestError, RequestErrorKind};
use crate::describe::{Origin, Verb};

/// All but "pchar = unreserved / pct-encoded / sub-delims / ":" / "@"" (RFC 3986 §3.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// The path that `route`, which is in axum's syntax, has with these values of its parameters.
pub(super) fn filled(
    route: &str,
    values: &[(&'static str, String)],
) -> Result<String, RequestError> {
    let mut path = String::with_capacity(route.len());
    for (nth, segment) in route.split('/').enumerate() {
        if nth > 0 {
            path.push('/');
        }
        let inner = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
        let Some(parameter) = inner else {
            path.push_str(segment);
            continue;
        };
        let name = parameter.strip_prefix('*').unwrap_or(parameter);
        let value = values.iter().find(|(of, _)| *of == name);
        let filled = match value {
            None => Err(RequestError::new(RequestErrorKind::Missing)),
            Some((_, value)) if parameter == name => push(&mut path, [value.as_str()]),
            // `{*rest}`: its slashes are the path's.
            Some((_, value)) => push(&mut path, value.split('/')),
        };
        filled.map_err(|error| error.of_field(name, Some(Origin::Path), Verb::Get))?;
    }
    Ok(path)
}

fn push<'a>(
    path: &mut String,
    segments: impl IntoIterator<Item = &'a str>,
) -> Result<(), RequestError> {
    let start = path.len();
    for (nth, segment) in segments.into_iter().enumerate() {
        // A client takes `.` and `..` out of a path before it sends it, encoded ones too.
        if matches!(segment, "." | "..") {
            return Err(RequestError::segment(segment));
        }
        if nth > 0 {
            path.push('/');
        }
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    if path.len() == start {
        return Err(RequestError::segment(""));
    }
    Ok(())
}
