//! From what was asked for to a stream of the client's.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use sse_runtime::client::{Client, EventStream, InvalidRequest, Policy, Position};

use crate::args::{Connection, Header, Headers, Method, Subscription};
use crate::console::Console;
use crate::failure;
use crate::trouble::Trouble;

const AGENT: &str = concat!("sse/", env!("CARGO_PKG_VERSION"));

/// A stream that connects when it is polled.
///
/// # Errors
///
/// Where what was asked for is no request.
pub(crate) fn subscribe(
    subscription: &Subscription,
    console: &Arc<Console>,
    trouble: &Arc<Trouble>,
) -> Result<EventStream, InvalidRequest> {
    let policy = policy(&subscription.connection, console, trouble);
    let limit = usize::try_from(subscription.connection.max_event_size.0).unwrap_or(usize::MAX);
    let client = Client::new().policy(policy).max_event(limit);

    let request = &subscription.request;
    let method = request.method.unwrap_or(match request.data {
        Some(_) => Method::Post,
        None => Method::Get,
    });
    let url = subscription.target.0.as_str();
    let mut builder = match method {
        Method::Get => client.get(url)?,
        Method::Post => client.post(url)?,
    };

    let mut headers = HeaderMap::new();
    for Header { name, value } in request.headers.iter().flat_map(|Headers(headers)| headers) {
        headers.append(name, value.clone());
    }
    headers
        .entry(USER_AGENT)
        .or_insert(HeaderValue::from_static(AGENT));
    if let Some(body) = &request.data {
        let content_type = headers
            .remove(CONTENT_TYPE)
            .unwrap_or(HeaderValue::from_static(body.media_type()));
        builder = builder.body(content_type, body.0.clone());
    }
    for (name, value) in &headers {
        builder = builder.header(name.clone(), value.clone());
    }

    let beginning = &subscription.beginning;
    if let Some(place) = &beginning.resume {
        // Who resumes a POST in another run has it repeated, so it may be repeated in this one.
        builder = builder.resume_from(place.position().clone()).repeatable();
    } else if let Some(id) = &beginning.last_event_id {
        builder = builder.resume_from(Position::after(id.clone()));
    }
    Ok(builder.stream())
}

fn policy(connection: &Connection, console: &Arc<Console>, trouble: &Arc<Trouble>) -> Policy {
    let (console, trouble) = (Arc::clone(console), Arc::clone(trouble));
    let mut policy = Policy::new().on_retry(move |retry| {
        let why = failure::told(retry.error());
        let wait = retry.after().as_secs_f64();
        console.note(format_args!("{why}; again in {wait:.1} s"));
        trouble.add(why);
    });
    if connection.no_reconnect {
        // No wait is so short.
        policy = policy.max_elapsed(Duration::ZERO);
    }
    if let Some(attempts) = connection.max_attempts {
        policy = policy.max_attempts(attempts.get());
    }
    if let Some(silence) = connection.idle_timeout {
        policy = policy.watchdog(silence);
    }
    policy
}
