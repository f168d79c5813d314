//! How many events a second are published, and followed.

use std::time::{Duration, Instant};

use futures::future::try_join;

use crate::count::Count;
use crate::engine::{Engine, PUBLISHERS, Publisher};
use crate::node::{self, Followers};
use crate::{Failure, within};

/// Rounds that count, after one that warms up. Odd, so that there is a median.
pub(crate) const ROUNDS: usize = 5;

/// What a sample takes, about.
const TIME: Duration = Duration::from_secs(1);

/// What it may take, and what those who follow may.
const PATIENCE: Duration = Duration::from_secs(15);
const PATIENCE_OF_ALL: Duration = Duration::from_secs(14);

/// Events of the round that warms up.
const FIRST: u64 = 2_000;

/// How many follow on the node, beside the one who does without.
const SUBSCRIBERS: [u64; 2] = [1, 200];

/// What the log and somebody without it reach, in events a second.
#[derive(Debug)]
pub(crate) struct Pace {
    pub(crate) what: String,
    pub(crate) without: f64,
    pub(crate) log: f64,
    /// The median of the rounds' ratios.
    pub(crate) ratio: f64,
    /// Whether both do the same: then the ratio has a target.
    pub(crate) are_alike: bool,
}

/// The log and those who do without it publish in turn, as many events each.
pub(crate) async fn publishing<E: Engine>(engine: &E) -> Result<Vec<Pace>, Failure> {
    let log = engine.connect().await?;
    let channels = node::channels(E::CHANNELS)?;
    let others = engine.publishers(E::CHANNELS).await?;
    let mut rounds: Vec<Rounds> = others.iter().map(|_| Rounds::default()).collect();
    let mut events = FIRST;
    for _ in 0..=ROUNDS {
        let ours = within(PATIENCE, node::publish(&log, &channels, events)).await?;
        let mut slowest = ours;
        for (other, rounds) in others.iter().zip(&mut rounds) {
            let rate = within(PATIENCE, other.publish(events)).await?;
            rounds.add(rate, ours);
            slowest = slowest.min(rate);
        }
        events = so_many(slowest);
    }
    let rows = others.iter().zip(&rounds);
    Ok(rows
        .map(|(other, rounds)| rounds.median(format!("published, beside {}", other.name())))
        .collect())
}

/// While events are published without the log, as fast as that goes, one follows who does without it;
/// and then [`SUBSCRIBERS`] on a node.
pub(crate) async fn following<E: Engine>(engine: &E) -> Result<Vec<Pace>, Failure> {
    let log = engine.connect().await?;
    let channels = node::channels(1)?;
    let publishers = engine.publishers(1).await?;
    let publisher = publishers.first().ok_or("nobody publishes")?;
    let mut rounds = SUBSCRIBERS.map(|_| Rounds::default());
    let mut events = FIRST;
    for _ in 0..=ROUNDS {
        let (ready, received) = (Count::new(), Count::new());
        let alone = tokio::select! {
            over = engine.follow(&ready, &received) => {
                return Err(format!("the follower has ended: {over:?}").into());
            }
            rate = within(PATIENCE, async {
                ready.reaches(1).await;
                let following = async {
                    received.reaches(1).await;
                    let start = Instant::now();
                    received.reaches(events).await;
                    Ok(start.elapsed())
                };
                sample(publisher, events, following).await
            }) => rate?,
        };

        let mut slowest = alone;
        for (subscribers, rounds) in SUBSCRIBERS.into_iter().zip(&mut rounds) {
            let mut followers = Followers::new();
            for _ in 0..subscribers {
                channels.iter().for_each(|name| followers.add(&log, name));
            }
            followers.are_ready(PATIENCE_OF_ALL).await?;
            let following = async {
                followers.have(1, PATIENCE_OF_ALL).await?;
                let start = Instant::now();
                let all = subscribers * events;
                followers.have(all, PATIENCE_OF_ALL).await?;
                Ok(start.elapsed())
            };
            let ours = within(PATIENCE, sample(publisher, events, following)).await?;
            rounds.add(alone, ours);
            slowest = slowest.min(ours);
        }
        events = so_many(slowest);
    }
    let rows = SUBSCRIBERS.into_iter().zip(&rounds);
    Ok(rows
        .map(|(subscribers, rounds)| Pace {
            are_alike: subscribers == 1,
            ..rounds.median(format!("followed by {subscribers}, beside {}", E::FOLLOWER))
        })
        .collect())
}

/// Events a second, from when the first has come until all have.
async fn sample(
    publisher: &impl Publisher,
    events: u64,
    following: impl Future<Output = Result<Duration, Failure>>,
) -> Result<f64, Failure> {
    let (_, took) = try_join(publisher.publish(events), following).await?;
    Ok(events as f64 / took.as_secs_f64())
}

/// As many as take their time at that rate, alike for each publisher.
fn so_many(rate: f64) -> u64 {
    ((rate * TIME.as_secs_f64()) as u64 / PUBLISHERS).max(1) * PUBLISHERS
}

/// Rates without the log and with it.
#[derive(Default)]
struct Rounds(Vec<(f64, f64)>);

impl Rounds {
    fn add(&mut self, without: f64, log: f64) {
        self.0.push((without, log));
    }

    fn median(&self, what: String) -> Pace {
        let of = |figure: fn(&(f64, f64)) -> f64| {
            // The first was to warm up.
            let mut figures: Vec<_> = self.0.iter().skip(1).map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Pace {
            what,
            without: of(|round| round.0),
            log: of(|round| round.1),
            ratio: of(|(without, log)| log / without),
            are_alike: true,
        }
    }
}
