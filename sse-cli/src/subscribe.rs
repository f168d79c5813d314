//! From what was asked for to a stream of the client's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use sse_runtime::client::{Client, EventStream, InvalidRequest, Policy, Position};

use crate::args::{Connection, Header, Headers, Method, Subscription};
use crate::console::Console;
use crate::failure;

const AGENT: &str = concat!("sse/", env!("CARGO_PKG_VERSION"));

/// A stream, and how often it had to be asked for again.
#[derive(Debug)]
pub(crate) struct Subscribed {
    pub(crate) events: EventStream,
    pub(crate) reconnects: Arc<AtomicU64>,
}

/// A stream that connects when it is polled.
///
/// # Errors
///
/// Where what was asked for is no request.
pub(crate) fn subscribe(
    subscription: &Subscription,
    console: &Arc<Console>,
) -> Result<Subscribed, InvalidRequest> {
    let reconnects = Arc::<AtomicU64>::default();
    let policy = policy(&subscription.connection, console, &reconnects);
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
    Ok(Subscribed {
        events: builder.stream(),
        reconnects,
    })
}

fn policy(connection: &Connection, console: &Arc<Console>, reconnects: &Arc<AtomicU64>) -> Policy {
    let (console, reconnects) = (Arc::clone(console), Arc::clone(reconnects));
    let mut policy = Policy::new().on_retry(move |retry| {
        reconnects.fetch_add(1, Ordering::Relaxed);
        let why = failure::told(retry.error());
        console.note(format_args!(
            "{why}; again in {:.1} s",
            retry.after().as_secs_f64()
        ));
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
