//! What an event costs with many channels, subscribers and nodes.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sse_runtime::log::{ChannelName, EventLog, Record};
use tokio::time::sleep;

use crate::engine::{Engine, LINES};
use crate::node::{self, Followers};
use crate::{Failure, cpu, within};

/// Events of each row: so many, or what is published in that time.
const EVENTS: u64 = 4_000;
const TIME: Duration = Duration::from_secs(4);

/// Of which the subscribers have all before the next are published.
pub(crate) const BURST: u64 = 100;

/// Channels that begin to be followed at once.
const WAVE: usize = 1_000;

/// For how long nothing is published.
const QUIET: Duration = Duration::from_secs(1);

/// What a row may take, and what all of them may.
const PATIENCE: Duration = Duration::from_secs(45);
const ALL: Duration = Duration::from_secs(75);

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// That are watched on each node.
    pub(crate) channels: usize,
    /// Of each channel, on each node.
    pub(crate) subscribers: usize,
    pub(crate) nodes: usize,
}

const fn setting(channels: usize, subscribers: usize, nodes: usize) -> Setting {
    Setting {
        channels,
        subscribers,
        nodes,
    }
}

const SETTINGS: [Setting; 7] = [
    setting(1, 1, 1),
    setting(1_000, 1, 1),
    setting(50_000, 1, 1),
    setting(1, 100, 1),
    setting(1, 1_000, 1),
    setting(1, 1, 2),
    setting(1, 1, 4),
];

/// What was measured.
#[derive(Debug)]
pub(crate) struct Cost {
    /// CPU time of the server, for one event.
    pub(crate) server: Duration,
    /// Of all nodes, which are in this process, and of whoever publishes.
    pub(crate) nodes: Duration,
    /// The server's CPU time in a second in which nothing is published.
    pub(crate) quiet: Duration,
    /// Between the answer to the publisher and the last subscriber: the median.
    pub(crate) delay: Duration,
    /// At the server, with all nodes.
    pub(crate) connections: usize,
}

pub(crate) async fn table<E: Engine>(engine: &E) -> Vec<(Setting, Result<Cost, Failure>)> {
    eprintln!("{}: growing", E::NAME);
    let start = Instant::now();
    let mut rows = Vec::new();
    for setting in SETTINGS {
        eprintln!("  {setting:?}");
        let left = ALL.saturating_sub(start.elapsed()).min(PATIENCE);
        rows.push((setting, within(left, measure(engine, setting)).await));
    }
    rows
}

async fn measure<E: Engine>(engine: &E, setting: Setting) -> Result<Cost, Failure> {
    let names = node::channels(setting.channels)?;
    let nodes = (0..setting.nodes).map(|_| engine.connect());
    let nodes = try_join_all(nodes).await?;
    let mut followers = Followers::new();
    // A node that has just started answers so many at once in time.
    for names in names.chunks(WAVE) {
        for log in &nodes {
            for name in names {
                (0..setting.subscribers).for_each(|_| followers.add(log, name));
            }
        }
        followers.are_ready(PATIENCE).await?;
    }

    let server = engine.process().ok_or("the server does not run")?;
    let before = cpu::of_server(server)?;
    sleep(QUIET).await;
    let quiet = (cpu::of_server(server)? - before).div_f64(QUIET.as_secs_f64());

    let readers = (setting.nodes * setting.subscribers) as u64;
    let publisher = nodes.first().ok_or("there is no node")?;
    let before = (cpu::of_server(server)?, cpu::own()?);
    let (events, mut delays) = publish(publisher, &names, readers, &mut followers).await?;
    let after = (cpu::of_server(server)?, cpu::own()?);
    delays.sort();
    Ok(Cost {
        server: (after.0 - before.0).div_f64(events as f64),
        nodes: (after.1 - before.1).div_f64(events as f64),
        quiet,
        delay: delays.get(delays.len() / 2).copied().unwrap_or_default(),
        connections: engine.connections().await?,
    })
}

/// Publishes one event after the other, to any of the channels. Returns how many, and how long it took
/// after each burst until all readers of a channel had it.
async fn publish<L: EventLog>(
    log: &L,
    names: &[ChannelName],
    readers: u64,
    followers: &mut Followers,
) -> Result<(u64, Vec<Duration>), Failure> {
    let record = Record::new(LINES.as_bytes())?;
    let (start, mut events, mut delays) = (Instant::now(), 0, Vec::new());
    while events < EVENTS && start.elapsed() < TIME {
        for _ in 0..BURST {
            let name = names.get(fastrand::usize(0..names.len()));
            log.append(name.ok_or("there is no channel")?, &record)
                .await?;
        }
        let answered = Instant::now();
        events += BURST;
        followers.have(readers * events, PATIENCE).await?;
        delays.push(answered.elapsed());
    }
    Ok((events, delays))
}
