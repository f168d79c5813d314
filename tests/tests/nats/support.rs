//! A server, logs of it, and short words for what tests do with them.

use std::time::Duration;

use async_nats::jetstream;
use sse_runtime::log::*;
use tests::servers::Nats;
pub(crate) use tests::with_causes as told;
use tokio::time::{Instant, sleep, timeout};

/// What must happen, happens within that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server, or ends the test where there is none.
macro_rules! nats {
    ($($field:ident: $value:expr),* $(,)?) => {
        match tests::servers::Nats::start(tests::servers::NatsSettings {
            $($field: $value,)*
            ..tests::servers::NatsSettings::default()
        }) {
            Some(nats) => nats,
            None => return,
        }
    };
}
pub(crate) use nats;

pub(crate) fn options() -> NatsOptions {
    NatsOptions::default()
}

pub(crate) async fn log_of(nats: &Nats) -> NatsLog {
    options().connect(&nats.url()).await.unwrap()
}

/// A client that is none of ours.
pub(crate) async fn stranger(nats: &Nats) -> jetstream::Context {
    jetstream::new(async_nats::connect(nats.url()).await.unwrap())
}

pub(crate) fn room() -> ChannelName {
    ChannelName::new("room").unwrap()
}

/// Appends `data: <n>` for each.
pub(crate) async fn append(log: &NatsLog, numbers: impl IntoIterator<Item = u64>) -> Vec<Cursor> {
    let mut places = Vec::new();
    for n in numbers {
        places.push(try_append(log, n).await.unwrap());
    }
    places
}

pub(crate) async fn try_append(log: &NatsLog, n: u64) -> Result<Cursor, AppendError> {
    let lines = format!("data: {n}\n");
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append(&room(), &record).await
}

pub(crate) async fn append_if(
    log: &NatsLog,
    condition: Condition<'_>,
    n: u64,
) -> Result<Appended, AppendError> {
    let lines = format!("data: {n}\n");
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append_if(condition, &room(), &[record]).await
}

/// As often as it takes, and once, with a key for what was not answered.
pub(crate) async fn append_when_it_can(log: &NatsLog, n: u64) -> Cursor {
    let key = n.to_string();
    let once = Condition::Once(IdempotencyKey::new(&key).unwrap());
    eventually(async || {
        let appended = append_if(log, once, n).await.ok()?;
        appended.places.first().copied()
    })
    .await
}

pub(crate) async fn read(log: &NatsLog, after: Cursor) -> Page {
    let page = log.read_after(&room(), after, Limit::default()).await;
    page.unwrap()
}

/// The numbers of all records after a place.
pub(crate) fn numbers(page: &Page) -> Vec<u64> {
    let entries = page.runs().flat_map(Run::entries);
    let data = entries.map(|entry| {
        let lines = str::from_utf8(entry.lines()).unwrap();
        lines.strip_prefix("data: ").unwrap().trim_end().parse()
    });
    data.collect::<Result<_, _>>().unwrap()
}

/// All that is kept, however many pages it takes.
pub(crate) async fn all(log: &NatsLog) -> Vec<u64> {
    let mut at = log.extent(&room()).await.unwrap().oldest;
    let mut all = Vec::new();
    loop {
        let page = read(log, at).await;
        all.extend(numbers(&page));
        at = page.next();
        if !page.has_more() {
            return all;
        }
    }
}

pub(crate) async fn end(log: &NatsLog) -> Cursor {
    log.extent(&room()).await.unwrap().newest
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "it did not come to be");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Asks, too: a question that was not answered is told of until another one is.
pub(crate) async fn until_serving(log: &NatsLog) {
    eventually(async || {
        log.extent(&room()).await.ok()?;
        (log.health() == Health::Serving).then_some(())
    })
    .await;
}

/// Waits until the log says what is wrong.
pub(crate) async fn impairment(log: &NatsLog) -> String {
    eventually(async || match log.health() {
        Health::Impaired { reason } => Some(reason),
        _ => None,
    })
    .await
}

/// Waits for a hint of the room.
pub(crate) async fn hint(watch: &mut RemoteWatch) {
    let hint = timeout(PATIENCE, watch.changed()).await;
    assert!(hint.expect("a hint").channels().any(|it| it == 0));
}

pub(crate) fn watch(log: &NatsLog) -> RemoteWatch {
    log.watch(&Channels::new([room()]).unwrap())
}
