//! Plays a situation with a client.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api::situations::{ChangesPayload, EventsPayload, JobPayload, SituationsClient, WordsPayload};
use futures::{Stream, StreamExt, stream};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use sse_runtime::Decode;
use sse_runtime::client::{Client, ClientError, Events, Policy, Position, Received};
use sse_runtime::wire::EventId;
use tests::situations::{Call, Case, Client as Platform, Endpoint, Item, Request, Run, Server};
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
    let plays = cases.iter().flat_map(|case| {
        let ways = Way::of(case).iter();
        ways.map(move |way| (case, *way))
    });
    let plays = stream::iter(plays).for_each_concurrent(AT_A_TIME, |(case, way)| {
        let (server, client) = (Arc::clone(&server), client.clone());
        async move {
            let played = timeout(PATIENCE, play_case(&server, client, case, way)).await;
            assert!(played.is_ok(), "`{}` hangs, {way:?}", case.name);
        }
    });
    plays.await;
}

/// The client that reads a case.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// That of any server.
    Untyped,
    /// One that was made of a trait.
    Typed,
}

impl Way {
    fn of(case: &Case) -> &'static [Self] {
        match (case.call.endpoint, case.call.post) {
            (Endpoint::Any, None) if case.is_for(Platform::Typed) => &[Self::Untyped, Self::Typed],
            // The body of a typed one is JSON: those have rows of their own.
            (Endpoint::Any, _) => &[Self::Untyped],
            _ => &[Self::Typed],
        }
    }
}

async fn play_case(server: &Arc<Server>, client: Client, case: &Case, way: Way) {
    let run = server.run(case);
    let (told, unknown) = match way {
        Way::Untyped => (
            untyped(&configured(client, server, &run, &[]), &run).await,
            0,
        ),
        Way::Typed => typed(configured(client, server, &run, run.call.headers), &run).await,
    };
    let seen = server.seen(&run);
    let came: Vec<Request> = seen.iter().map(|seen| seen.request.clone()).collect();
    let took = seen.last().map_or(0, |seen| seen.after_ms);

    let expected = &case.outcome;
    assert_eq!(told, expected.items, "what `{}` tells, {way:?}", case.name);
    assert_eq!(
        came, expected.requests,
        "what `{}` asks, {way:?}",
        case.name
    );
    assert_eq!(
        unknown, expected.unknown,
        "what `{}` skips, {way:?}",
        case.name
    );
    let times = expected.at_least_ms..=expected.at_most_ms.unwrap_or(u64::MAX);
    assert!(
        times.contains(&took),
        "`{}` took {took} ms, {way:?}",
        case.name
    );
}

/// The client as the call wants it, with these headers for each attempt.
fn configured(
    client: Client,
    server: &Arc<Server>,
    run: &Run,
    headers: &'static [(&str, &str)],
) -> Client {
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
    let attempts = run.call.fresh_tokens.then(|| Arc::new(AtomicU64::new(0)));
    client.headers(move || {
        let attempt = attempts
            .as_ref()
            .map(|made| made.fetch_add(1, Ordering::Relaxed) + 1);
        let token = attempt.map(|attempt| format!("Bearer {attempt}"));
        let token = token.map(|token| HeaderValue::try_from(token).expect("a header's value"));
        let mut made: HeaderMap = headers.iter().map(|header| constant(*header)).collect();
        made.extend(token.map(|token| (AUTHORIZATION, token)));
        async { Ok::<_, Infallible>(made) }
    })
}

fn constant((name, value): (&'static str, &'static str)) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_static(value);
    (HeaderName::from_static(name), value)
}

/// All that a typed client tells until its stream ends, and how many events it has skipped.
async fn typed(client: Client, run: &Run) -> (Vec<Item>, u64) {
    let Run {
        run, base, call, ..
    } = run;
    let client = SituationsClient::with(client, base).expect("a URL");
    let run = run.clone();
    let text = call.post.unwrap_or_default().to_owned();
    let after = call.last_event_id.map(str::to_owned);
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
    told: impl Fn(&Received<T>) -> Item,
    call: &Call,
) -> (Vec<Item>, u64)
where
    E: Decode<T>,
{
    let items = items(&mut events, told, call).await;
    (items, events.unknown())
}

/// What the client of any server tells.
async fn untyped(client: &Client, run: &Run) -> Vec<Item> {
    let call = &run.call;
    let request = match call.post {
        Some(_) => client.post(&run.url),
        None => client.get(&run.url),
    };
    let mut request = request.expect("a URL");
    if let Some(body) = call.post {
        request = request.body(HeaderValue::from_static("text/plain"), body);
    }
    for header in call.headers {
        let (name, value) = constant(*header);
        request = request.header(name, value);
    }
    if call.repeatable {
        request = request.repeatable();
    }
    if let Some(id) = call.last_event_id {
        let id = EventId::new(id).expect("an id");
        request = request.resume_from(Position::after(id));
    }
    items(request.stream(), told::message, call).await
}

async fn items<T>(
    mut events: impl Stream<Item = Result<Received<T>, ClientError>> + Unpin,
    told: impl Fn(&Received<T>) -> Item,
    call: &Call,
) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(next) = events.next().await {
        items.push(next.map_or_else(told::error, |event| told(&event)));
        sleep(Duration::from_millis(call.busy_ms)).await;
    }
    items
}
