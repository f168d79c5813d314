//! An engine that is away for a while.

use std::collections::HashSet;
use std::env;
use std::time::Duration;

use futures::future::join_all;
use reqwest::Client;
use tests::node::Number;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use crate::ask::{self, number};
use crate::cluster::{Cluster, Engine};
use crate::tap::{Came, Tap};

const READERS: usize = 200;
const CHANNELS: usize = 20;
const PUBLISHERS: u32 = 10;

/// What a node may take in addition, for all that happens meanwhile.
const MEMORY: u64 = 16 << 20;

/// How soon a node says that its engine is away, and that it is back.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// Streams send a heartbeat each second.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// How long it is away: a few seconds, or what `SSE_TEST_AWAY_SECONDS` says.
fn away() -> Duration {
    let seconds = env::var("SSE_TEST_AWAY_SECONDS");
    Duration::from_secs(seconds.map_or(8, |seconds| seconds.parse().expect("a number")))
}

/// Subscribers keep their streams and heartbeats and get everything in the end, publishers are told
/// whether their events may be published, and nodes say how they are and keep within their memory.
pub(crate) async fn is_outlasted<E: Engine>() {
    let Some((scene, mut taps)) = Scene::<E>::set().await else {
        return;
    };
    let before = scene.cluster.resident();
    block_in_place(|| scene.cluster.engine.kill());
    let uncertain = scene.passes_without_engine(&mut taps, before).await;
    block_in_place(|| scene.cluster.engine.restart());
    scene.is_as_before(&mut taps, &uncertain).await;
}

/// Two nodes, and channels that have one event.
struct Scene<E> {
    cluster: Cluster<E>,
    nodes: Vec<String>,
    names: Vec<String>,
    http: Client,
}

/// Publisher and number of an event that was not answered for: it may come all the same.
type Uncertain = HashSet<(u32, u64)>;

/// What a publisher learned meanwhile.
struct Refused {
    tries: u64,
    slowest: Duration,
    uncertain: Uncertain,
}

impl<E: Engine> Scene<E> {
    /// With readers who were given that event.
    async fn set() -> Option<(Self, Vec<Tap>)> {
        let cluster = Cluster::<E>::start(1_000).await?;
        let http = Client::new();
        let nodes = cluster.entrances.all();
        let names: Vec<_> = (0..CHANNELS).map(|n| format!("away-{n}")).collect();
        let mut taps = Vec::new();
        for n in 0..READERS {
            let channel = std::slice::from_ref(&names[n % CHANNELS]);
            taps.push(Tap::open(&http, &nodes[n % 2], channel, "").await);
        }
        for name in &names {
            let published = ask::publish(&http, &nodes[0], &number(name, 0, 0)).await;
            published.expect("the engine is there");
        }
        let soon = Instant::now() + TOLD_WITHIN;
        for tap in &mut taps {
            assert!(matches!(
                tap.next(soon).await,
                Some(Came::Number(Number { n: 0, .. }))
            ));
        }
        let scene = Self {
            cluster,
            nodes,
            names,
            http,
        };
        Some((scene, taps))
    }

    /// The engine has just gone. Everyone goes on until it is to come back.
    async fn passes_without_engine(&self, taps: &mut [Tap], resident: u64) -> Uncertain {
        let killed = Instant::now();
        let until = killed + away();
        let publishers = (1..=PUBLISHERS).map(|publisher| self.publishes_nothing(publisher, until));
        let health = self.nodes.iter().map(|node| async {
            while ask::health(&self.http, node).await.serving {
                sleep(Duration::from_millis(20)).await;
            }
            killed.elapsed()
        });
        let readers = taps.iter_mut().map(|tap| async {
            let before = tap.heartbeats;
            let came = tap.all(until).await;
            assert!(came.is_empty(), "{came:?} comes out of nowhere");
            tap.heartbeats - before
        });
        let (refused, told, heartbeats) =
            tokio::join!(join_all(publishers), join_all(health), join_all(readers));

        let grown = self.cluster.resident().saturating_sub(resident);
        let fewest = heartbeats.into_iter().min().unwrap_or_default();
        let all = (away().as_secs_f64() / HEARTBEAT.as_secs_f64()) as usize;
        let tries: u64 = refused.iter().map(|it| it.tries).sum();
        let slowest = refused.iter().map(|it| it.slowest).max();
        // What was not answered may come all the same; what was refused may not.
        let uncertain: Uncertain = refused.into_iter().flat_map(|it| it.uncertain).collect();
        println!(
            "away for {:?}: nodes said so after {told:?}; {tries} tries to publish, the slowest \
             answered after {slowest:?}, {} of unknown fate; at least {fewest} heartbeats; {grown} \
             bytes more",
            away(),
            uncertain.len(),
        );
        assert!(told.iter().all(|told| *told <= TOLD_WITHIN), "{told:?}");
        assert!(fewest + 2 >= all, "{fewest} heartbeats of {all}");
        assert!(grown <= MEMORY, "{grown} bytes more");
        uncertain
    }

    /// Tries again and again.
    async fn publishes_nothing(&self, publisher: u32, until: Instant) -> Refused {
        let node = &self.nodes[publisher as usize % 2];
        let mut refused = Refused {
            tries: 0,
            slowest: Duration::ZERO,
            uncertain: HashSet::new(),
        };
        while Instant::now() < until {
            let channel = &self.names[fastrand::usize(..CHANNELS)];
            let began = Instant::now();
            let number = number(channel, publisher, refused.tries);
            let answer = ask::publish(&self.http, node, &number).await;
            let error = answer.expect_err("nothing is published while the engine is away");
            refused.slowest = refused.slowest.max(began.elapsed());
            if error.may_be_published {
                refused.uncertain.insert((publisher, refused.tries));
            }
            refused.tries += 1;
            sleep(Duration::from_millis(5)).await;
        }
        refused
    }

    /// The engine has just come back: nodes say so, and readers are given what is published then.
    async fn is_as_before(&self, taps: &mut [Tap], uncertain: &Uncertain) {
        let back = Instant::now();
        for node in &self.nodes {
            while !ask::health(&self.http, node).await.serving {
                assert!(back.elapsed() < TOLD_WITHIN, "{node} is impaired");
                sleep(Duration::from_millis(20)).await;
            }
        }
        let serving = back.elapsed();
        for name in &self.names {
            let published = ask::publish(&self.http, &self.nodes[1], &number(name, 0, 1)).await;
            published.unwrap_or_else(|error| panic!("it serves, and refuses: {error:?}"));
        }
        let soon = Instant::now() + TOLD_WITHIN;
        for tap in taps {
            loop {
                match tap.next(soon).await.expect("it comes") {
                    Came::Number(Number {
                        publisher: 0, n, ..
                    }) => {
                        assert_eq!(n, 1);
                        break;
                    }
                    Came::Number(Number { publisher, n, .. })
                        if uncertain.contains(&(publisher, n)) => {}
                    came => panic!("{came:?} was not published"),
                }
            }
        }
        println!(
            "back: nodes said so after {serving:?}, readers had everything after {:?}",
            back.elapsed()
        );
    }
}
