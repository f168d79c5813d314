//! What the head of an answer means.

use std::time::Duration;

#[cfg(not(target_family = "wasm"))]
use http::header::CONTENT_ENCODING;
use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::Remedy;

/// What the answer to a request is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// A stream.
    Stream,
    /// The end of it for good: "a client can be told to stop reconnecting using the HTTP 204 No Content
    /// response code", WHATWG HTML §9.2.1.
    End,
    /// An error.
    Refused(Remedy),
    /// A success, but no stream.
    NotAStream,
}

pub(crate) fn judge(status: StatusCode, headers: &HeaderMap) -> Verdict {
    match status {
        // "if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then fail
        // the connection"
        StatusCode::OK if is_event_stream(headers) && is_plain(headers) => Verdict::Stream,
        StatusCode::NO_CONTENT => Verdict::End,
        status if status.is_success() => Verdict::NotAStream,
        status if is_permanent(status) => Verdict::Refused(Remedy::None),
        // The server says that it did not act on the request.
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => Verdict::Refused(Remedy::Retry {
            after: retry_after(headers),
        }),
        _ => Verdict::Refused(Remedy::Repeat),
    }
}

/// Whether the same request would be answered alike later on.
pub(super) fn is_permanent(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|essence| essence.eq_ignore_ascii_case("text/event-stream"))
}

/// The media type without its parameters: there is no other charset than UTF-8 for a stream.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.as_bytes();
    // Parameters may hold bytes that are no text.
    let essence = value.split(|byte| *byte == b';').next()?;
    Some(str::from_utf8(essence).ok()?.trim())
}

/// A coding that was not asked for cannot be read.
#[cfg(not(target_family = "wasm"))]
fn is_plain(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().all(|coding| {
        let coding = coding.as_bytes().trim_ascii();
        coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
    })
}

/// A browser asks for codings by itself, and has taken them away; the header still tells of them.
#[cfg(target_family = "wasm")]
fn is_plain(_: &HeaderMap) -> bool {
    true
}

/// Seconds, or a date, which is read by the clock of the server: that of this machine may be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let now = date(text(headers, &DATE)?)?;
    Some(date(value)?.duration_since(now).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(HeaderValue::to_str)?.ok()
}
