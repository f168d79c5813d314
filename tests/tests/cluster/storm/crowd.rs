//! Who publishes and reads in a storm.

use std::sync::Arc;
use std::time::Duration;

use sse_runtime::client::{Client, Policy};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{Phase, Plan};
use crate::entrances::Entrances;
use crate::publisher::{Ledger, Publisher};
use crate::reader::{Diary, Habit, Places, Reader};

/// All readers.
pub(super) struct Crowd {
    pub(super) diaries: Vec<JoinHandle<Diary>>,
    /// Of each, which channels it follows and how far it is.
    places: Vec<Follower>,
    /// Those that are never away for long.
    pub(super) roamers: Vec<Follower>,
}

/// How far a reader is.
#[derive(Clone)]
pub(super) struct Follower {
    channels: Vec<usize>,
    places: Arc<Places>,
}

impl Follower {
    pub(super) fn has_reached(&self, ends: &Places) -> bool {
        let mut channels = self.channels.iter();
        channels.all(|it| self.places.get(*it) >= ends.get(*it))
    }
}

impl Crowd {
    pub(super) fn come(
        plan: &Plan,
        names: &Arc<[String]>,
        entrances: &Arc<Entrances>,
        published: &Arc<Places>,
        phases: &watch::Receiver<Phase>,
    ) -> Self {
        let soon = Policy::new()
            .floor(Duration::from_millis(20))
            .reconnection_time(Duration::from_millis(100))
            .ceiling(Duration::from_secs(1))
            .max_elapsed(Duration::from_secs(2));
        let client = Client::new().policy(soon);
        let mut crowd = Self {
            diaries: Vec::new(),
            places: Vec::new(),
            roamers: Vec::new(),
        };
        for id in 0..plan.readers {
            let mut rng = plan.rng(1_000 + id as u64);
            // Most follow one channel, a few several.
            let several = if id % 8 == 7 { rng.usize(2..=3) } else { 1 };
            let channels = rng.choose_multiple(0..plan.channels, several);
            let habit = match id % 10 {
                9 => Habit::Sleeps {
                    events: plan.kept * 3 / 2,
                },
                _ => Habit::Roams,
            };
            let follower = Follower {
                channels,
                places: Arc::new(Places::new(plan.channels)),
            };
            let reader = Reader {
                id,
                names: Arc::clone(names),
                channels: follower.channels.clone(),
                habit,
                stay: plan.stay,
                entrances: Arc::clone(entrances),
                client: client.clone(),
                phase: phases.clone(),
                rng,
                published: Arc::clone(published),
                places: Arc::clone(&follower.places),
            };
            crowd.diaries.push(tokio::spawn(reader.run()));
            if matches!(habit, Habit::Roams) {
                crowd.roamers.push(follower.clone());
            }
            crowd.places.push(follower);
        }
        crowd
    }

    pub(super) async fn reach(&self, ends: &Places) {
        while !self.places.iter().all(|it| it.has_reached(ends)) {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Starts all publishers.
pub(super) fn publishers(
    plan: &Plan,
    names: &Arc<[String]>,
    entrances: &Arc<Entrances>,
    phases: &watch::Receiver<Phase>,
) -> Vec<JoinHandle<Ledger>> {
    let http = reqwest::Client::new();
    let publisher = |id| Publisher {
        id,
        channels: Arc::clone(names),
        entrances: Arc::clone(entrances),
        pace: plan.pace,
        has_keys: id % 2 == 0,
        phase: phases.clone(),
        rng: plan.rng(10_000 + u64::from(id)),
        http: http.clone(),
    };
    let publishers = (0..plan.publishers).map(publisher);
    publishers.map(|it| tokio::spawn(it.run())).collect()
}
