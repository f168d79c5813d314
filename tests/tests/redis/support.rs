//! A server, logs of it, and short words for what tests do with them.

use std::time::Duration;

use sse_runtime::log::*;
use tests::servers::{Redis, RedisCluster, Sentinel};
pub(crate) use tests::with_causes;
use tokio::time::{Instant, sleep, timeout};

/// What must happen, happens within that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server, or ends the test where there is none.
macro_rules! redis {
    ($($field:ident: $value:expr),* $(,)?) => {
        match tests::servers::Redis::start(tests::servers::RedisSettings {
            $($field: $value,)*
            ..tests::servers::RedisSettings::default()
        }) {
            Some(redis) => redis,
            None => return,
        }
    };
}
pub(crate) use redis;

pub(crate) fn options() -> RedisOptions {
    RedisOptions::default().timeout(Duration::from_millis(500))
}

pub(crate) async fn log_of(redis: &Redis) -> RedisLog {
    options().connect(&redis.url()).await.unwrap()
}

pub(crate) async fn cluster_log(cluster: &RedisCluster) -> RedisLog {
    options().connect(&cluster.url()).await.unwrap()
}

pub(crate) async fn sentinel_log(sentinel: &Sentinel) -> RedisLog {
    // For looking up the primary, too.
    let patient = options().timeout(Duration::from_secs(2));
    patient.connect(&sentinel.url()).await.unwrap()
}

pub(crate) fn room() -> ChannelName {
    ChannelName::new("room").unwrap()
}

/// Appends `data: <n>` for each.
pub(crate) async fn append(log: &RedisLog, numbers: impl IntoIterator<Item = u64>) -> Vec<Cursor> {
    let mut places = Vec::new();
    for n in numbers {
        places.push(try_append(log, n).await.unwrap());
    }
    places
}

pub(crate) async fn try_append(log: &RedisLog, n: u64) -> Result<Cursor, AppendError> {
    let lines = format!("data: {n}\n");
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append(&room(), &record).await
}

/// As often as it takes.
pub(crate) async fn append_when_it_can(log: &RedisLog, n: u64) -> Cursor {
    eventually(async || try_append(log, n).await.ok()).await
}

pub(crate) async fn read(log: &RedisLog, after: Cursor) -> Page {
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

pub(crate) async fn end(log: &RedisLog) -> Cursor {
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

pub(crate) async fn until_serving(log: &RedisLog) {
    eventually(async || (log.health() == Health::Serving).then_some(())).await;
}

/// Waits until the log says what is wrong.
pub(crate) async fn impairment(log: &RedisLog) -> String {
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

pub(crate) fn watch(log: &RedisLog) -> RemoteWatch {
    log.watch(&Channels::new([room()]).unwrap())
}
