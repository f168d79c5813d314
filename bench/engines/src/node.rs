//! Who uses the log: publishers, and those who follow.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{join_all, try_join_all};
use sse_runtime::log::{ChannelName, Channels, Cursor, EventLog, Limit, Record, Run, Watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Failure;
use crate::count::Count;
use crate::engine::{LINES, PUBLISHERS, channel};

/// As many channels.
pub(crate) fn channels(number: usize) -> Result<Vec<ChannelName>, Failure> {
    let names = (0..number).map(|number| ChannelName::new(channel(number)));
    Ok(names.collect::<Result<_, _>>()?)
}

/// What [`PUBLISHERS`] tasks reach with one log, in events a second.
pub(crate) async fn publish<L: EventLog + Clone>(
    log: &L,
    channels: &[ChannelName],
    events: u64,
) -> Result<f64, Failure> {
    let start = Instant::now();
    let publishers = (0..PUBLISHERS).map(|_| {
        let (log, channels) = (log.clone(), channels.to_vec());
        tokio::spawn(async move {
            let record = Record::new(LINES.as_bytes())?;
            for _ in 0..events / PUBLISHERS {
                let name = channels.get(fastrand::usize(0..channels.len()));
                log.append(name.ok_or("there is no channel")?, &record)
                    .await?;
            }
            Ok::<_, Failure>(())
        })
    });
    let publishers = join_all(publishers).await;
    try_join_all(publishers.into_iter().map(|it| async { it? })).await?;
    Ok((events / PUBLISHERS * PUBLISHERS) as f64 / start.elapsed().as_secs_f64())
}

/// Those who follow channels on nodes.
pub(crate) struct Followers {
    tasks: JoinSet<Result<(), Failure>>,
    ready: Arc<Count>,
    received: Arc<Count>,
}

impl Followers {
    pub(crate) fn new() -> Self {
        Self {
            tasks: JoinSet::new(),
            ready: Arc::new(Count::new()),
            received: Arc::new(Count::new()),
        }
    }

    /// One more.
    pub(crate) fn add<L: EventLog + Clone>(&mut self, log: &L, channel: &ChannelName) {
        let (log, channel) = (log.clone(), channel.clone());
        let (ready, received) = (Arc::clone(&self.ready), Arc::clone(&self.received));
        self.tasks.spawn(follow(log, channel, ready, received));
    }

    /// Waits until all of them follow.
    pub(crate) async fn are_ready(&mut self, most: Duration) -> Result<(), Failure> {
        let all = self.tasks.len() as u64;
        wait(&mut self.tasks, &self.ready, all, most).await
    }

    /// Waits until so much has come to all of them together.
    pub(crate) async fn have(&mut self, events: u64, most: Duration) -> Result<(), Failure> {
        wait(&mut self.tasks, &self.received, events, most).await
    }
}

async fn wait(
    tasks: &mut JoinSet<Result<(), Failure>>,
    count: &Count,
    wanted: u64,
    most: Duration,
) -> Result<(), Failure> {
    tokio::select! {
        waited = timeout(most, count.reaches(wanted)) => {
            waited.map_err(|_| format!("{} of {wanted} after {most:?}", count.get()).into())
        }
        Some(over) = tasks.join_next() => Err(format!("one who follows has ended: {over:?}").into()),
    }
}

/// Reads on when hinted, and counts.
async fn follow<L: EventLog>(
    log: L,
    name: ChannelName,
    ready: Arc<Count>,
    received: Arc<Count>,
) -> Result<(), Failure> {
    let mut watch = log.watch(&Channels::new([name.clone()])?);
    let mut at: Cursor = log.rewind(&name, 0).await?;
    ready.add(1);
    loop {
        let page = log.read_after(&name, at, Limit::default()).await?;
        let events: usize = page.runs().map(Run::len).sum();
        received.add(events as u64);
        at = page.next();
        if !page.has_more() {
            watch.changed().await;
        }
    }
}
