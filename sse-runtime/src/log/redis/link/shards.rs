//! The primaries, and what is to be said to each.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::redis::cluster_routing::Slot;
use tokio::sync::Notify;

use super::super::super::ChannelName;
use super::super::super::remote::Interest;
use super::Server;
use super::cluster::Cluster;
use super::line::Line;

/// A host and its port.
pub(super) type Address = (String, u16);

/// Which slots each primary has, in the order of the slots.
pub(super) type Slots = Vec<(RangeInclusive<u16>, Address)>;

/// A primary.
pub(in super::super) struct Shard {
    pub(in super::super) server: Server,
    /// That of a cluster's server.
    pub(super) address: Address,
    pub(in super::super) line: Line,
    pub(in super::super) interests: Interests,
}

impl Shard {
    fn new(server: Server, address: Address) -> Arc<Self> {
        Arc::new(Self {
            server,
            address,
            line: Line::new(),
            interests: Interests::default(),
        })
    }
}

/// All primaries.
#[derive(Default)]
pub(in super::super) struct Shards {
    all: Vec<Arc<Shard>>,
    /// Where there is no cluster, all slots are of the one that there is.
    is_cluster: bool,
    slots: Slots,
    owners: HashMap<Slot, Arc<Shard>>,
}

impl Shards {
    pub(super) fn one(server: Server) -> Self {
        Self {
            all: vec![Shard::new(server, Address::default())],
            ..Self::default()
        }
    }

    /// Those that have these slots. One that was here before is the same.
    pub(super) fn serving(&self, cluster: &Cluster, slots: Slots) -> Self {
        let mut all: BTreeMap<&Address, Arc<Shard>> = BTreeMap::new();
        let mut owners = HashMap::new();
        for (range, address) in &slots {
            let shard = all.entry(address).or_insert_with(|| {
                let known = self.at(address).cloned();
                known.unwrap_or_else(|| Shard::new(cluster.server(address), address.clone()))
            });
            let range = range.clone().filter_map(Slot::new);
            owners.extend(range.map(|slot| (slot, Arc::clone(shard))));
        }
        Self {
            all: all.into_values().collect(),
            is_cluster: true,
            slots,
            owners,
        }
    }

    /// With one more, which has no slots yet.
    pub(super) fn with(&self, cluster: &Cluster, address: &Address) -> (Self, Arc<Shard>) {
        let new = Shard::new(cluster.server(address), address.clone());
        let mut all = self.all.clone();
        all.push(Arc::clone(&new));
        let more = Self {
            all,
            is_cluster: self.is_cluster,
            slots: self.slots.clone(),
            owners: self.owners.clone(),
        };
        (more, new)
    }

    pub(in super::super) fn all(&self) -> &[Arc<Shard>] {
        &self.all
    }

    pub(super) fn slots(&self) -> &Slots {
        &self.slots
    }

    pub(super) fn at(&self, address: &Address) -> Option<&Arc<Shard>> {
        self.all.iter().find(|shard| shard.address == *address)
    }

    /// Who has a key.
    pub(in super::super) fn of(&self, key: &str) -> Option<&Arc<Shard>> {
        self.of_slot(Slot::for_key(key))
    }

    pub(super) fn of_slot(&self, slot: Slot) -> Option<&Arc<Shard>> {
        match self.is_cluster {
            true => self.owners.get(&slot),
            false => self.all.first(),
        }
    }
}

/// Channels of which a shard has not been told yet whether they are watched, each once. So it is bounded
/// by how many there are.
#[derive(Default)]
pub(in super::super) struct Interests {
    is_watched: Mutex<HashMap<ChannelName, bool>>,
    has_more: Notify,
}

impl Interests {
    pub(in super::super) fn add(&self, interest: Interest) {
        let (name, is_watched) = match interest {
            Interest::Watched(name) => (name, true),
            Interest::Unwatched(name) => (name, false),
        };
        self.state().insert(name, is_watched);
        self.has_more.notify_one();
    }

    /// Up to that many, once there is one. Nothing is lost where the future is dropped.
    pub(in super::super) async fn take(&self, most: usize) -> Vec<Interest> {
        loop {
            let some = self.take_now(most);
            if !some.is_empty() {
                return some;
            }
            self.has_more.notified().await;
        }
    }

    fn take_now(&self, most: usize) -> Vec<Interest> {
        let mut state = self.state();
        let next = state.extract_if(|_, _| true);
        let next = next.map(|(name, is_watched)| match is_watched {
            true => Interest::Watched(name),
            false => Interest::Unwatched(name),
        });
        next.take(most).collect()
    }

    fn state(&self) -> MutexGuard<'_, HashMap<ChannelName, bool>> {
        // Whole between any two statements.
        self.is_watched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
