//! What an event costs with many channels, subscribers and nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sse_runtime::log::{ChannelName, Channels, Cursor, EventLog, Limit, Record, Run, Watch};
use tokio::task::JoinSet;

use crate::Failure;
use crate::engine::{Engine, LINES, channel, cpu_of};

/// Events of each row, a hundred at a time.
const EVENTS: u64 = 4_000;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// That are watched on each node.
    pub(crate) channels: usize,
    /// Of each channel, on each node.
    pub(crate) subscribers: usize,
    pub(crate) nodes: usize,
}

const SETTINGS: &[Setting] = &[
    Setting {
        channels: 1,
        subscribers: 1,
        nodes: 1,
    },
    Setting {
        channels: 1_000,
        subscribers: 1,
        nodes: 1,
    },
    Setting {
        channels: 50_000,
        subscribers: 1,
        nodes: 1,
    },
    Setting {
        channels: 1,
        subscribers: 100,
        nodes: 1,
    },
    Setting {
        channels: 1,
        subscribers: 1_000,
        nodes: 1,
    },
    Setting {
        channels: 1,
        subscribers: 1,
        nodes: 2,
    },
    Setting {
        channels: 1,
        subscribers: 1,
        nodes: 4,
    },
];

/// What was measured.
#[derive(Debug)]
pub(crate) struct Cost {
    /// Of the server, for one event.
    pub(crate) server: Duration,
    /// Of all nodes, which are in this process, and of whoever publishes.
    pub(crate) nodes: Duration,
    /// Between the answer to the publisher and the last subscriber: the median.
    pub(crate) delay: Duration,
    /// At the server, with all nodes.
    pub(crate) connections: usize,
}

pub(crate) async fn table<E: Engine>(engine: &E) -> Vec<(Setting, Result<Cost, Failure>)> {
    let mut rows = Vec::new();
    for setting in SETTINGS {
        eprintln!("  {setting:?}");
        rows.push((*setting, measure(engine, *setting).await));
    }
    rows
}

async fn measure<E: Engine>(engine: &E, setting: Setting) -> Result<Cost, Failure> {
    let names = (0..setting.channels).map(|number| ChannelName::new(channel(number)));
    let names: Vec<_> = names.collect::<Result<_, _>>()?;
    let nodes = (0..setting.nodes).map(|_| engine.connect());
    let nodes = try_join_all(nodes).await?;
    let received = Arc::new(AtomicU64::new(0));
    let ready = Arc::new(AtomicU64::new(0));
    let mut subscribers = JoinSet::new();
    for log in &nodes {
        for name in &names {
            for _ in 0..setting.subscribers {
                let (log, name) = (log.clone(), name.clone());
                let counts = (Arc::clone(&ready), Arc::clone(&received));
                subscribers.spawn(follow(log, name, counts));
            }
        }
    }
    let readers = (setting.nodes * setting.subscribers) as u64;
    let watches = readers * setting.channels as u64;
    until(&ready, watches).await?;

    let process = engine.process().ok_or("the server does not run")?;
    let before = (cpu_of(process)?, own_cpu()?);
    let mut delays = Vec::new();
    let publisher = nodes.first().ok_or("there is no node")?;
    let record = Record::new(LINES.as_bytes())?;
    for burst in 0..EVENTS / 100 {
        let all = readers * (burst + 1) * 100;
        for _ in 0..100 {
            let name = names.get(fastrand::usize(0..names.len()));
            publisher
                .append(name.ok_or("there is no channel")?, &record)
                .await?;
        }
        let answered = Instant::now();
        until(&received, all).await?;
        delays.push(answered.elapsed());
    }
    let after = (cpu_of(process)?, own_cpu()?);
    let connections = engine.connections().await?;
    delays.sort();
    Ok(Cost {
        server: (after.0 - before.0) / EVENTS as u32,
        nodes: (after.1 - before.1) / EVENTS as u32,
        delay: delays.get(delays.len() / 2).copied().unwrap_or_default(),
        connections,
    })
}

async fn until(count: &AtomicU64, all: u64) -> Result<(), Failure> {
    let start = Instant::now();
    while count.load(Ordering::Relaxed) < all {
        if start.elapsed() > Duration::from_secs(60) {
            let count = count.load(Ordering::Relaxed);
            return Err(format!("{count} of {all} after a minute").into());
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    Ok(())
}

async fn follow<L: EventLog>(
    log: L,
    name: ChannelName,
    (ready, received): (Arc<AtomicU64>, Arc<AtomicU64>),
) -> Result<(), Failure> {
    let mut watch = log.watch(&Channels::new([name.clone()])?);
    let mut at: Cursor = log.extent(&name).await?.newest;
    ready.fetch_add(1, Ordering::Relaxed);
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

fn own_cpu() -> Result<Duration, Failure> {
    cpu_of(i32::try_from(std::process::id())?)
}
