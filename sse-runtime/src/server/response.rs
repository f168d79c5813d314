//! Responses that are not the service's.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::body::NoBody;
use super::settings::Settings;
use crate::describe::{Descriptor, Verb};
use crate::problem::Problem;
use crate::wire::Frame;

/// Headers that keep proxies from buffering, caching and compressing a stream. Those that the
/// service has set stay; `connection` is none of ours, and forbidden on HTTP/2.
pub(super) fn stream_response(set: &HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    for (name, value) in set {
        headers.insert(name, value.clone());
    }
    response
}

/// "a client can be told to stop reconnecting using the HTTP 204 No Content response code".
pub(super) fn no_content() -> Response {
    // A 204 is cacheable by default, and one from a cache would keep clients away for longer.
    let mut response = Response::new(Body::new(NoBody));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Sends a client away that shall come back. An EventSource never returns after a 503, so it gets a
/// stream that ends at once; it never sends a POST.
pub(super) fn turn_away(
    descriptor: &Descriptor,
    settings: &Settings,
    accepts_event_stream: bool,
) -> Response {
    let retry = settings.jittered_retry();
    tracing::debug!(
        endpoint = %descriptor.endpoint_name(),
        ?retry,
        "stream turned away"
    );
    if accepts_event_stream && descriptor.verb() == Verb::Get {
        let mut body = Vec::new();
        let mut frame = Frame::new(&mut body);
        frame.retry(retry);
        frame.finish();
        return stream_response(&HeaderMap::new(), Body::from(body));
    }
    let seconds = retry.as_secs() + u64::from(retry.subsec_nanos() > 0);
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .detail("no stream can be opened now; come back later");
    ([(RETRY_AFTER, HeaderValue::from(seconds))], problem).into_response()
}

/// Whether `Accept` names event streams. A browser's EventSource does ("Set request's header list's
/// Accept to `text/event-stream`"); `*/*` may be anything.
pub(super) fn accepts_event_stream(headers: &HeaderMap) -> bool {
    let values = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let names_it = parts
            .next()
            .is_some_and(|essence| essence.eq_ignore_ascii_case("text/event-stream"));
        let is_refused = parts
            .filter_map(|part| part.split_once('='))
            .any(|(name, value)| {
                name.trim().eq_ignore_ascii_case("q") && value.trim().parse() == Ok(0.0_f32)
            });
        names_it && !is_refused
    })
}
