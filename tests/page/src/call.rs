//! Does what a situation asks of a client.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api::situations::{ChangesPayload, EventsPayload, JobPayload, SituationsClient, WordsPayload};
use gloo_timers::future::sleep;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use sse_runtime::Decode;
use sse_runtime::client::{Client, Events, Policy, Position, Received};
use sse_runtime::wire::EventId;

use crate::{retried, told};

/// As `tests::situations` writes it.
#[derive(Deserialize)]
pub(crate) struct Run {
    run: String,
    base: String,
    url: String,
    call: Call,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    endpoint: Endpoint,
    post: Option<String>,
    repeatable: bool,
    headers: Vec<(String, String)>,
    fresh_tokens: bool,
    last_event_id: Option<String>,
    max_event: Option<usize>,
    watchdog_ms: Option<u64>,
    busy_ms: u64,
    max_redirects: Option<u32>,
    policy: Pace,
    refused: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Endpoint {
    Any,
    Changes,
    Words,
    Job,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pace {
    floor_ms: u64,
    ceiling_ms: u64,
    max_attempts: Option<u32>,
}

/// What the client of any server tells.
pub(crate) async fn untyped(run: &Run) -> Value {
    let call = &run.call;
    let client = configured(run, HeaderMap::new());
    let request = match call.post {
        Some(_) => client.post(&run.url),
        None => client.get(&run.url),
    };
    let mut request = request.expect("a URL");
    if let Some(body) = &call.post {
        request = request.body(HeaderValue::from_static("text/plain"), body.clone());
    }
    for header in &call.headers {
        let (name, value) = constant(header);
        request = request.header(name, value);
    }
    if call.repeatable {
        request = request.repeatable();
    }
    if let Some(id) = &call.last_event_id {
        let id = EventId::new(id.as_str()).expect("an id");
        request = request.resume_from(Position::after(id));
    }
    let mut stream = request.stream();
    let mut items = Vec::new();
    while let Some(next) = stream.next().await {
        items.push(next.map_or_else(told::error, |event| told::message(&event)));
        sleep(Duration::from_millis(call.busy_ms)).await;
    }
    json!({"items": items, "unknown": 0})
}

/// What a typed client tells.
pub(crate) async fn typed(asked: &Run) -> Value {
    let call = &asked.call;
    let headers = call.headers.iter().map(constant).collect();
    let client = SituationsClient::with(configured(asked, headers), &asked.base);
    let client = client.expect("a URL");
    let run = asked.run.clone();
    let text = call.post.clone().unwrap_or_default();
    let after = call.last_event_id.clone();
    match call.endpoint {
        Endpoint::Any => {
            let events = client.events(&EventsPayload { run, after });
            collect(events, told::untyped, call).await
        }
        Endpoint::Changes => {
            let events = client.changes(&ChangesPayload { run, after });
            collect(events, told::change, call).await
        }
        Endpoint::Words => {
            let events = client.words(&WordsPayload { run, text });
            collect(events, told::text, call).await
        }
        Endpoint::Job => {
            let events = client.job(&JobPayload { run, text, after });
            collect(events, told::text, call).await
        }
    }
}

async fn collect<E, T>(
    mut events: Events<E, T>,
    told: impl Fn(&Received<T>) -> Value,
    call: &Call,
) -> Value
where
    E: Decode<T>,
{
    let mut items = Vec::new();
    while let Some(next) = events.next().await {
        items.push(next.map_or_else(told::error, |event| told(&event)));
        sleep(Duration::from_millis(call.busy_ms)).await;
    }
    json!({"items": items, "unknown": events.unknown()})
}

/// The client as the call wants it, with these headers for each attempt.
fn configured(run: &Run, headers: HeaderMap) -> Client {
    let call = &run.call;
    let mut policy = Policy::new()
        .floor(Duration::from_millis(call.policy.floor_ms))
        .ceiling(Duration::from_millis(call.policy.ceiling_ms));
    if let Some(attempts) = call.policy.max_attempts {
        policy = policy.max_attempts(attempts);
    }
    if let Some(redirects) = call.max_redirects {
        policy = policy.max_redirects(redirects);
    }
    if let Some(silence) = call.watchdog_ms {
        policy = policy.watchdog(Duration::from_millis(silence));
    }
    if call.refused {
        let run = run.run.clone();
        policy = policy.on_retry(move |retry| {
            if retry.attempts() == 1 {
                retried(&run);
            }
        });
    }
    let mut client = Client::new().policy(policy);
    if let Some(bytes) = call.max_event {
        client = client.max_event(bytes);
    }
    let attempts = call.fresh_tokens.then(|| Arc::new(AtomicU64::new(0)));
    client.headers(move || {
        let mut made = headers.clone();
        if let Some(attempts) = &attempts {
            let attempt = attempts.fetch_add(1, Ordering::Relaxed) + 1;
            let token = HeaderValue::try_from(format!("Bearer {attempt}"));
            made.insert(AUTHORIZATION, token.expect("a header's value"));
        }
        async { Ok::<_, Infallible>(made) }
    })
}

fn constant((name, value): &(String, String)) -> (HeaderName, HeaderValue) {
    let name = name.parse().expect("a header's name");
    (name, value.parse().expect("a header's value"))
}
