//! Publishers and readers that go on while something happens to the servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sse_runtime::log::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::support::numbers;

/// Within that long everything has arrived, once all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a reader was given.
#[derive(Debug, Default)]
pub(crate) struct Diary {
    pub(crate) numbers: Vec<u64>,
    /// What it was told in place of records.
    pub(crate) gaps: Vec<Standing>,
}

/// Publishers of numbers, one to a channel, and readers, one to a channel and a log.
pub(crate) struct Traffic {
    is_over: Arc<AtomicBool>,
    published: JoinSet<(ChannelName, u64)>,
    readers: JoinSet<(ChannelName, Diary)>,
}

impl Traffic {
    pub(crate) async fn start(channels: &[ChannelName], logs: &[&RedisLog]) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let (mut published, mut readers) = (JoinSet::new(), JoinSet::new());
        for channel in channels {
            let start = logs[0].extent(channel).await.unwrap().newest;
            for &log in logs {
                let (log, channel) = (log.clone(), channel.clone());
                readers.spawn(async move {
                    let diary = follow(&log, &channel, start).await;
                    (channel, diary)
                });
            }
            let (log, channel) = (logs[0].clone(), channel.clone());
            let is_over = Arc::clone(&is_over);
            published.spawn(async move {
                let mut n = 0;
                while !is_over.load(Ordering::Relaxed) {
                    n += 1;
                    publish(&log, &channel, n).await;
                    sleep(Duration::from_millis(1)).await;
                }
                (channel, n)
            });
        }
        Self {
            is_over,
            published,
            readers,
        }
    }

    /// Ends the publishers. Each reader must have been given what was published, each number once and in
    /// their order; but for what a server lost with its life, which is counted.
    pub(crate) async fn end(self, log: &RedisLog) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        let mut lost = 0;
        let published = self.published.join_all().await;
        for (channel, last) in &published {
            assert!(*last > 100, "{channel}: {last}");
            // What readers wait for.
            let record = Record::new(b"data: 0\n").unwrap();
            log.append(channel, &record).await.unwrap();
        }
        for (channel, mut diary) in self.readers.join_all().await {
            assert_eq!(diary.numbers.pop(), Some(0));
            let (_, last) = published.iter().find(|it| it.0 == channel).unwrap();
            assert!(diary.numbers.is_sorted_by(|a, b| a < b), "{diary:?}");
            let missed = *last as usize - diary.numbers.len();
            println!(
                "{channel}: {last} published, {missed} missed, {:?}",
                diary.gaps
            );
            lost += missed;
        }
        lost
    }
}

/// As often as it takes, and once.
async fn publish(log: &RedisLog, channel: &ChannelName, n: u64) {
    let lines = format!("data: {n}\n");
    let record = Record::new(lines.as_bytes()).unwrap();
    let key = n.to_string();
    let once = Condition::Once(IdempotencyKey::new(&key).unwrap());
    while log.append_if(once, channel, &[record]).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
}

/// Reads on whenever it is told to, until the number 0.
pub(crate) async fn follow(log: &RedisLog, channel: &ChannelName, from: Cursor) -> Diary {
    let mut watch = log.watch(&Channels::new([channel.clone()]).unwrap());
    let mut diary = Diary::default();
    let mut at = from;
    let mut arrived = Instant::now();
    while diary.numbers.last() != Some(&0) {
        assert!(
            arrived.elapsed() < PATIENCE,
            "{channel}: {:?}",
            diary.numbers.last()
        );
        let Ok(page) = log.read_after(channel, at, Limit::default()).await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        if page.standing() != Standing::Contiguous {
            diary.gaps.push(page.standing());
        }
        if !page.is_empty() {
            arrived = Instant::now();
        }
        diary.numbers.extend(numbers(&page));
        at = page.next();
        if !page.has_more() && page.is_empty() && page.standing() == Standing::Contiguous {
            let _ = timeout(PATIENCE, watch.changed()).await;
        }
    }
    diary
}
