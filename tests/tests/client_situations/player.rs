//! Plays a situation with a client.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use sse_runtime::client::{Client, ClientError, EventStream, Policy, Position};
use sse_runtime::wire::EventId;
use tests::endpoints::{ChangesPayload, JobPayload, SituationsClient, WordsPayload};
use tests::situations::{Call, Case, Endpoint, Item, Request, Run, Server};
use tokio::time::{sleep, timeout};

use super::told;

/// No case takes so long that does not hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// So many cases are played at a time.
const AT_A_TIME: usize = 8;

/// Plays all cases of a situation.
pub(crate) async fn play(name: &str) {
    let server = Arc::new(Server::start());
    let situation = server.situations().iter().find(|one| one.name == name);
    let cases = &situation.expect("the table has it").cases;
    // Its clones share what they have: certificates are read once.
    let client = Client::new();
    let cases = stream::iter(cases).for_each_concurrent(AT_A_TIME, |case| {
        let (server, client) = (Arc::clone(&server), client.clone());
        async move {
            let played = timeout(PATIENCE, play_case(&server, client, case)).await;
            assert!(played.is_ok(), "`{}` hangs", case.name);
        }
    });
    cases.await;
}

async fn play_case(server: &Arc<Server>, client: Client, case: &Case) {
    let run = server.run(case);
    let (told, unknown) = read(configured(client, server, &run), &run).await;
    let seen = server.seen(&run);
    let came: Vec<Request> = seen.iter().map(|seen| seen.request.clone()).collect();
    let took = seen.last().map_or(0, |seen| seen.after_ms);

    let expected = &case.outcome;
    assert_eq!(told, expected.items, "what `{}` tells", case.name);
    assert_eq!(came, expected.requests, "what `{}` asks", case.name);
    assert_eq!(unknown, expected.unknown, "what `{}` skips", case.name);
    let times = expected.at_least_ms..=expected.at_most_ms.unwrap_or(u64::MAX);
    assert!(times.contains(&took), "`{}` took {took} ms", case.name);
}

/// The client as the call wants it.
fn configured(client: Client, server: &Arc<Server>, run: &Run) -> Client {
    let Call { policy, .. } = run.call;
    let mut chosen = Policy::new()
        .floor(Duration::from_millis(policy.floor_ms))
        .ceiling(Duration::from_millis(policy.ceiling_ms));
    if let Some(attempts) = policy.max_attempts {
        chosen = chosen.max_attempts(attempts);
    }
    if let Some(redirects) = run.call.max_redirects {
        chosen = chosen.max_redirects(redirects);
    }
    if let Some(silence) = run.call.watchdog_ms {
        chosen = chosen.watchdog(Duration::from_millis(silence));
    }
    if run.call.refused {
        let (server, run) = (Arc::clone(server), run.clone());
        chosen = chosen.on_retry(move |_| server.listen(&run));
    }
    let mut client = client.policy(chosen);
    if let Some(bytes) = run.call.max_event {
        client = client.max_event(bytes);
    }
    if run.call.fresh_tokens {
        let attempts = Arc::new(AtomicU64::new(0));
        client = client.headers(move || {
            let attempt = attempts.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                let token = HeaderValue::try_from(format!("Bearer {attempt}"));
                let token = token.expect("a token is a header's value");
                Ok::<_, Infallible>(HeaderMap::from_iter([(AUTHORIZATION, token)]))
            }
        });
    }
    client
}

/// All that a client tells until its stream ends, and how many events it has skipped.
async fn read(client: Client, run: &Run) -> (Vec<Item>, u64) {
    let call = &run.call;
    let text = call.post.unwrap_or_default().to_owned();
    let typed = SituationsClient::with(client.clone(), &run.base).expect("a URL");
    let (name, after) = (run.run.clone(), None);
    match call.endpoint {
        Endpoint::Any => {
            let events = any(&client, run).map(|next| Ok(told::message(&next?)));
            (collect(events, call).await, 0)
        }
        Endpoint::Changes => {
            let payload = ChangesPayload { run: name, after };
            let mut events = typed.changes(&payload);
            let changes = (&mut events).map(|next| Ok(told::change(&next?)));
            (collect(changes, call).await, events.unknown())
        }
        Endpoint::Words => {
            let payload = WordsPayload { run: name, text };
            let words = typed.words(&payload).map(|next| Ok(told::text(&next?)));
            (collect(words, call).await, 0)
        }
        Endpoint::Job => {
            let payload = JobPayload {
                run: name,
                text,
                after,
            };
            let steps = typed.job(&payload).map(|next| Ok(told::text(&next?)));
            (collect(steps, call).await, 0)
        }
    }
}

/// The stream of a server of which nothing is known.
fn any(client: &Client, run: &Run) -> EventStream {
    let call = &run.call;
    let request = match call.post {
        Some(_) => client.post(&run.url),
        None => client.get(&run.url),
    };
    let mut request = request.expect("the server has a URL");
    if let Some(body) = call.post {
        request = request.body(HeaderValue::from_static("text/plain"), body);
    }
    for (name, value) in call.headers {
        let name = HeaderName::from_static(name);
        request = request.header(name, HeaderValue::from_static(value));
    }
    if call.repeatable {
        request = request.repeatable();
    }
    if let Some(id) = call.last_event_id {
        let id = EventId::new(id).expect("an id");
        request = request.resume_from(Position::after(id));
    }
    request.stream()
}

async fn collect(events: impl Stream<Item = Result<Item, ClientError>>, call: &Call) -> Vec<Item> {
    let mut told = Vec::new();
    let mut events = std::pin::pin!(events);
    while let Some(next) = events.next().await {
        told.push(next.unwrap_or_else(told::error));
        sleep(Duration::from_millis(call.busy_ms)).await;
    }
    told
}
