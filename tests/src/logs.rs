//! Short words for what tests do with a log, whichever it is. Most of them are about one channel, the
//! [`room`], where an event is a number.

use std::time::Duration;

use sse_runtime::log::{
    AppendError, Appended, ChannelName, Channels, Condition, Cursor, EventLog, Health,
    IdempotencyKey, Limit, Page, Record, Run, Watch,
};
use tokio::time::{sleep, timeout};

/// What must happen, happens within that long.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A channel.
pub fn channel(name: &str) -> ChannelName {
    ChannelName::new(name).unwrap()
}

/// The channel.
pub fn room() -> ChannelName {
    channel("room")
}

/// Appends each number.
pub async fn append(log: &impl EventLog, numbers: impl IntoIterator<Item = u64>) -> Vec<Cursor> {
    let mut places = Vec::new();
    for n in numbers {
        places.push(try_append(log, n).await.unwrap());
    }
    places
}

/// Appends a number, if the log can.
pub async fn try_append(log: &impl EventLog, n: u64) -> Result<Cursor, AppendError> {
    let lines = lines(n);
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append(&room(), &record).await
}

/// Appends a number, if that holds.
pub async fn append_if(
    log: &impl EventLog,
    condition: Condition<'_>,
    n: u64,
) -> Result<Appended, AppendError> {
    let lines = lines(n);
    let record = Record::new(lines.as_bytes()).unwrap();
    log.append_if(condition, &room(), &[record]).await
}

/// Appends a number: it is tried as often as it takes, and there once, as the number is its key.
pub async fn append_when_it_can(log: &impl EventLog, n: u64) -> Cursor {
    let key = n.to_string();
    let once = Condition::Once(IdempotencyKey::new(&key).unwrap());
    eventually(async || {
        let appended = append_if(log, once, n).await.ok()?;
        appended.places.first().copied()
    })
    .await
}

fn lines(n: u64) -> String {
    format!("data: {n}\n")
}

/// One page of what is after a place.
pub async fn read(log: &impl EventLog, after: Cursor) -> Page {
    let page = log.read_after(&room(), after, Limit::default()).await;
    page.unwrap()
}

/// The numbers on a page.
pub fn numbers(page: &Page) -> Vec<u64> {
    let entries = page.runs().flat_map(Run::entries);
    let data = entries.map(|entry| {
        let lines = str::from_utf8(entry.lines()).unwrap();
        lines.strip_prefix("data: ").unwrap().trim_end().parse()
    });
    data.collect::<Result<_, _>>().unwrap()
}

/// All numbers that are kept, however many pages it takes.
pub async fn all(log: &impl EventLog) -> Vec<u64> {
    let pages = pages(log, &room()).await;
    pages.iter().flat_map(numbers).collect()
}

/// All that is kept of a channel.
pub async fn pages(log: &impl EventLog, channel: &ChannelName) -> Vec<Page> {
    let mut at = log.extent(channel).await.unwrap().oldest;
    let mut pages = Vec::new();
    loop {
        let page = log.read_after(channel, at, Limit::default()).await.unwrap();
        at = page.next();
        let has_more = page.has_more();
        pages.push(page);
        if !has_more {
            return pages;
        }
    }
}

/// The place behind the newest number.
pub async fn end(log: &impl EventLog) -> Cursor {
    log.extent(&room()).await.unwrap().newest
}

/// Asks until there is an answer.
pub async fn eventually<T>(ask: impl AsyncFnMut() -> Option<T>) -> T {
    answer(ask).await.expect("it did not come to be")
}

/// Asks until it is so.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let answer = answer(async || holds().await.then_some(())).await;
    assert!(answer.is_some(), "{what}: not within {PATIENCE:?}");
}

async fn answer<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, asking).await.ok()
}

/// Waits until the log says by itself that nothing is wrong.
pub async fn until_serving(log: &impl EventLog) {
    until("it serves", async || log.health() == Health::Serving).await;
}

/// Waits until the log says what is wrong.
pub async fn impairment(log: &impl EventLog) -> String {
    eventually(async || match log.health() {
        Health::Impaired { reason } => Some(reason),
        _ => None,
    })
    .await
}

/// Watches the room.
pub fn watch<L: EventLog>(log: &L) -> L::Watch {
    log.watch(&Channels::new([room()]).unwrap())
}

/// Waits for a hint of the room.
pub async fn hint(watch: &mut impl Watch) {
    let hint = timeout(PATIENCE, watch.changed()).await;
    assert!(hint.expect("a hint").channels().any(|it| it == 0));
}
