//! How many events a second are published, and followed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::{join_all, try_join_all};
use sse_runtime::log::{ChannelName, Channels, Cursor, EventLog, Limit, Record, Run, Watch};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Failure;
use crate::engine::{Engine, LINES, PUBLISHERS, channel};

/// Rounds that count, after one that warms up. Odd, so that there is a median.
const ROUNDS: usize = 5;

/// Of each sample.
const TIME: Duration = Duration::from_secs(2);

/// What the tool and the log reach, in events a second.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(crate) tool: f64,
    pub(crate) log: f64,
    /// The median of the rounds' ratios.
    pub(crate) ratio: f64,
}

/// The log and the engine's own tool publish in turn.
pub(crate) async fn publishing<E: Engine>(engine: &E) -> Result<Pace, Failure> {
    let log = engine.connect().await?;
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        let tool = engine.tool(E::CHANNELS, TIME).await?;
        let ours = publish(&log, E::CHANNELS, TIME).await?;
        rounds.push((tool, ours));
    }
    Ok(median(&rounds))
}

/// While the tool publishes, one client of the engine's own follows; and then a node, on which 200
/// subscribers do.
pub(crate) async fn following<E: Engine>(engine: &E) -> Result<Pace, Failure> {
    let log = engine.connect().await?;
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        let bare = Followed::begin(&log).await?;
        let ready = Arc::new(Notify::new());
        let alone = tokio::select! {
            over = engine.follow(Arc::clone(&ready), Arc::clone(&bare.received)) => {
                return Err(format!("the follower has ended: {over:?}").into());
            }
            rate = async {
                ready.notified().await;
                bare.rate(engine, &log, 1).await
            } => rate?,
        };

        let ours = Followed::begin(&log).await?;
        let mut readers = JoinSet::new();
        for _ in 0..SUBSCRIBERS {
            let (log, name, received) =
                (log.clone(), ours.name.clone(), Arc::clone(&ours.received));
            readers.spawn(follow(log, name, ours.from, received));
        }
        rounds.push((alone, ours.rate(engine, &log, SUBSCRIBERS).await?));
    }
    Ok(median(&rounds))
}

const SUBSCRIBERS: u64 = 200;

/// One sample.
struct Followed {
    name: ChannelName,
    from: Cursor,
    received: Arc<AtomicU64>,
}

impl Followed {
    async fn begin<L: EventLog>(log: &L) -> Result<Self, Failure> {
        let name = ChannelName::new(channel(0))?;
        let from = log.extent(&name).await?.newest;
        let received = Arc::default();
        Ok(Self {
            name,
            from,
            received,
        })
    }

    /// Events a second, from the first that the tool publishes until so many have received all.
    async fn rate<E: Engine>(
        &self,
        engine: &E,
        log: &E::Log,
        followers: u64,
    ) -> Result<f64, Failure> {
        let start = Instant::now();
        engine.tool(1, TIME).await?;
        let published = start.elapsed();
        let events = read(log, &self.name, self.from).await?;
        let counted = start.elapsed();
        let received = || self.received.load(Ordering::Relaxed) / followers;
        // Who is far behind is left there: what has come tells how fast it is.
        while received() < events && counted.as_secs_f64() + 10.0 > start.elapsed().as_secs_f64() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Counting is not part of it.
        let after = start.elapsed().saturating_sub(counted);
        Ok(received() as f64 / (published + after).as_secs_f64())
    }
}

/// Reads on when hinted, and counts.
async fn follow<L: EventLog>(
    log: L,
    name: ChannelName,
    mut at: Cursor,
    received: Arc<AtomicU64>,
) -> Result<(), Failure> {
    let mut watch = log.watch(&Channels::new([name.clone()])?);
    loop {
        let page = log.read_after(&name, at, Limit::default()).await?;
        let events: usize = page.runs().map(Run::len).sum();
        received.fetch_add(events as u64, Ordering::Relaxed);
        at = page.next();
        if !page.has_more() {
            watch.changed().await;
        }
    }
}

/// How many events there are after a place.
async fn read<L: EventLog>(log: &L, name: &ChannelName, mut at: Cursor) -> Result<u64, Failure> {
    let mut events = 0;
    loop {
        let page = log.read_after(name, at, Limit::default()).await?;
        let read: usize = page.runs().map(Run::len).sum();
        events += read as u64;
        at = page.next();
        if !page.has_more() {
            return Ok(events);
        }
    }
}

/// What the log publishes to those channels in a time, in events a second.
async fn publish<L: EventLog + Clone>(
    log: &L,
    channels: usize,
    time: Duration,
) -> Result<f64, Failure> {
    let start = Instant::now();
    let publishers = (0..PUBLISHERS).map(|_| {
        let log = log.clone();
        tokio::spawn(async move {
            let names = (0..channels).map(|number| ChannelName::new(channel(number)));
            let names = names.collect::<Result<Vec<_>, _>>()?;
            let record = Record::new(LINES.as_bytes())?;
            let mut events = 0_u64;
            while start.elapsed() < time {
                let Some(name) = names.get(fastrand::usize(0..names.len())) else {
                    break;
                };
                timeout(10 * time, log.append(name, &record)).await??;
                events += 1;
            }
            Ok::<_, Failure>(events)
        })
    });
    let publishers = join_all(publishers).await;
    let events = try_join_all(publishers.into_iter().map(|it| async { it? })).await?;
    let events: u64 = events.into_iter().sum();
    Ok(events as f64 / start.elapsed().as_secs_f64())
}

fn median(rounds: &[(f64, f64)]) -> Pace {
    let of = |figure: fn(&(f64, f64)) -> f64| {
        // The first was to warm up.
        let mut figures: Vec<_> = rounds.iter().skip(1).map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Pace {
        tool: of(|round| round.0),
        log: of(|round| round.1),
        ratio: of(|(tool, log)| log / tool),
    }
}
