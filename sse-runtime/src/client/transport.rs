//! One attempt: from a request over redirects to an answer.

use std::future::poll_fn;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Client;
use super::builder::Target;
use super::platform::{BoxedStream, Clock};
use super::redirect::{self, RedirectError};
use super::session::{ClientError, Failure, Refusal, Remedy, Verdict, judge};
#[cfg(target_family = "wasm")]
use crate::excerpt::excerpt;
use crate::wire::EventId;

pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// How long the body of an answer that is no stream is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) type Body = BoxedStream<reqwest::Result<Bytes>>;

/// What the server has answered; `None` is the end for good.
pub(super) async fn connect(
    client: Client,
    mut target: Target,
    last_event_id: Option<EventId>,
) -> Result<Option<Body>, Failure> {
    let http = client.http().map_err(unmade)?;
    prepare(&client, &mut target, last_event_id).await?;
    let first = target.url.clone();
    for _ in 0..=client.policy.redirects() {
        if client.is_foreign && !redirect::is_same_origin(&first, &target.url) {
            let url = target.url.into();
            return Err(refused(RedirectError::Abroad { url }));
        }
        tracing::debug!(
            method = %target.method,
            url = %target.url,
            last_event_id = ?target.headers.get(LAST_EVENT_ID),
            "asking"
        );
        let response = send(http, &target).await?;
        tracing::debug!(
            status = response.status().as_u16(),
            content_type = ?response.headers().get(CONTENT_TYPE),
            "answered"
        );
        if !redirect::is_redirect(response.status()) {
            return answer(response).await;
        }
        redirect::follow(&mut target, response.status(), response.headers()).map_err(refused)?;
    }
    let limit = client.policy.redirects();
    Err(refused(RedirectError::TooMany { limit }))
}

fn refused(error: RedirectError) -> Failure {
    Failure::permanent(ClientError::Redirect(error.into()))
}

fn unmade(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::permanent(ClientError::Request(error.into()))
}

/// Completes the headers.
async fn prepare(
    client: &Client,
    target: &mut Target,
    last_event_id: Option<EventId>,
) -> Result<(), Failure> {
    let fresh = client.attempt_headers().await.map_err(|error| Failure {
        error: ClientError::Headers(error),
        remedy: Remedy::Retry { after: None },
    })?;
    let headers = &mut target.headers;
    let cookies = headers.get_all(COOKIE).iter().cloned().collect();
    let mut replaced = None;
    for (name, value) in fresh {
        // A name is given with the first of its values alone.
        match name {
            Some(name) => {
                headers.insert(&name, value);
                replaced = Some(name);
            }
            None => {
                if let Some(name) = &replaced {
                    headers.append(name, value);
                }
            }
        }
    }
    join_cookies(headers, cookies);
    let stream = HeaderValue::from_static("text/event-stream");
    headers.entry(ACCEPT).or_insert(stream);
    // "request's cache mode to "no-store"": in a browser that is said otherwise, as this header would
    // need the consent of another origin.
    #[cfg(not(target_family = "wasm"))]
    headers
        .entry(http::header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
    // "set (`Last-Event-ID`, lastEventIDValue) in request's header list", "encoded as UTF-8"
    if let Some(id) = last_event_id {
        let value = HeaderValue::from_bytes(id.as_str().as_bytes()).map_err(unmade)?;
        headers.insert(LAST_EVENT_ID, value);
    }
    Ok(())
}

/// The cookies of the request beside those that are fresh: each is a value of its own, so the ones do
/// not replace the others. "The user agent MUST NOT attach more than one Cookie header field", RFC 6265
/// §5.4.
fn join_cookies(headers: &mut HeaderMap, of_request: Vec<HeaderValue>) {
    let mut cookies: Vec<_> = headers.get_all(COOKIE).iter().cloned().collect();
    if cookies != of_request {
        cookies.extend(of_request);
    }
    if cookies.len() < 2 {
        return;
    }
    let bytes: Vec<&[u8]> = cookies.iter().map(HeaderValue::as_bytes).collect();
    // Values of headers, joined, are one.
    if let Ok(mut joined) = HeaderValue::from_bytes(&bytes.join(&b"; "[..])) {
        joined.set_sensitive(cookies.iter().any(HeaderValue::is_sensitive));
        headers.insert(COOKIE, joined);
    }
}

async fn send(http: &reqwest::Client, target: &Target) -> Result<reqwest::Response, Failure> {
    let mut request = http
        .request(target.method.clone(), target.url.clone())
        .headers(target.headers.clone());
    if let Some((user, password)) = &target.credentials
        && !target.headers.contains_key(AUTHORIZATION)
    {
        request = request.basic_auth(user, Some(password));
    }
    if let Some(body) = &target.body {
        request = request.body(body.clone());
    }
    #[cfg(target_family = "wasm")]
    let request = {
        sendable(&target.headers).map_err(unmade)?;
        request.fetch_cache_no_store()
    };
    request.send().await.map_err(|mut error| {
        // A query may hold a token, and what an error says is logged.
        if let Some(url) = error.url_mut() {
            url.set_query(None);
        }
        let remedy = if error.is_builder() {
            Remedy::None
        } else if is_connect(&error) {
            Remedy::Retry { after: None }
        } else {
            Remedy::Repeat
        };
        let error = if error.is_builder() {
            ClientError::Request(error.into())
        } else {
            ClientError::Connect(error.into())
        };
        Failure { error, remedy }
    })
}

/// In a browser reqwest sends only headers that are ASCII. To come back without such an id would repeat
/// events or miss some.
#[cfg(target_family = "wasm")]
fn sendable(headers: &HeaderMap) -> Result<(), String> {
    let mut headers = headers.iter();
    match headers.find(|(_, value)| value.to_str().is_err()) {
        None => Ok(()),
        Some((name, value)) if name == LAST_EVENT_ID => Err(format!(
            "the id `{}` is not ASCII, and cannot be resumed from in a browser",
            excerpt(&String::from_utf8_lossy(value.as_bytes()), 200)
        )),
        Some((name, _)) => Err(format!(
            "the header `{name}` is not ASCII, and cannot be sent in a browser"
        )),
    }
}

/// Whether nothing of the request has reached the server.
#[cfg(not(target_family = "wasm"))]
fn is_connect(error: &reqwest::Error) -> bool {
    error.is_connect()
}

/// A browser does not tell.
#[cfg(target_family = "wasm")]
fn is_connect(_: &reqwest::Error) -> bool {
    false
}

async fn answer(response: reqwest::Response) -> Result<Option<Body>, Failure> {
    let verdict = judge(response.status(), response.headers());
    let (make, remedy): (fn(Box<Refusal>) -> ClientError, _) = match verdict {
        Verdict::Stream => return Ok(Some(Box::pin(response.bytes_stream()))),
        Verdict::End => return Ok(None),
        Verdict::NotAStream => (ClientError::NotAStream, Remedy::None),
        Verdict::Refused(remedy) => (ClientError::Refused, remedy),
    };
    let status = response.status();
    let headers: HeaderMap = response.headers().clone();
    let body = beginning(Box::pin(response.bytes_stream())).await;
    Err(Failure {
        error: make(Box::new(Refusal::new(status, &headers, &body))),
        remedy,
    })
}

/// What there is of a body soon.
async fn beginning(mut body: Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut clock = Clock::start();
    poll_fn(|cx| {
        while bytes.len() < Refusal::READ {
            match body.as_mut().poll_next(cx) {
                std::task::Poll::Ready(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
                std::task::Poll::Ready(_) => return std::task::Poll::Ready(()),
                std::task::Poll::Pending => return clock.poll_until(PATIENCE, cx),
            }
        }
        std::task::Poll::Ready(())
    })
    .await;
    bytes.truncate(Refusal::READ);
    bytes
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    struct Chunks(usize);

    impl futures_core::Stream for Chunks {
        type Item = reqwest::Result<Bytes>;

        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> Poll<Option<Self::Item>> {
            let Some(left) = self.0.checked_sub(1) else {
                return Poll::Pending;
            };
            self.0 = left;
            Poll::Ready(Some(Ok(Bytes::from_static(&[b'x'; 1024]))))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn of_a_body_that_does_not_end_only_the_beginning_is_waited_for() {
        let start = tokio::time::Instant::now();
        assert_eq!(beginning(Box::pin(Chunks(2))).await.len(), 2048);
        assert!(start.elapsed() < PATIENCE * 2);
        assert_eq!(
            beginning(Box::pin(Chunks(usize::MAX))).await.len(),
            Refusal::READ
        );
    }
}
