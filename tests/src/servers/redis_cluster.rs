use super::daemon::Server;
use super::eventually;
use super::port::Port;
use super::redis::{Redis, RedisSettings};

/// How many hash slots there are.
const SLOTS: usize = 16_384;

/// How many primaries share them.
const PRIMARIES: usize = 3;

/// A Redis Cluster of three primaries. The first has the lowest third of the slots, and so on.
#[derive(Debug)]
pub struct RedisCluster {
    /// The primaries of the beginning, then their replicas in the same order.
    nodes: Vec<Redis>,
    /// The ports at which the nodes talk to one another.
    _between: Vec<Port>,
}

impl RedisCluster {
    /// Starts one in which every node says that all is well. Each primary has so many replicas. Where
    /// there is no program, this says `skipped`.
    #[must_use]
    pub fn start(replicas: usize, settings: &RedisSettings) -> Option<Self> {
        let count = PRIMARIES * (1 + replicas);
        let between: Vec<_> = (0..count).map(|_| Port::free()).collect();
        let nodes = between.iter().map(|port| {
            let mut settings = settings.clone();
            settings.lines.extend([
                "cluster-enabled yes".to_owned(),
                format!("cluster-port {}", port.number()),
                // After which a node that does not answer has failed.
                "cluster-node-timeout 1000".to_owned(),
                "cluster-replica-validity-factor 0".to_owned(),
            ]);
            Redis::start(settings)
        });
        let cluster = Self {
            nodes: nodes.collect::<Option<_>>()?,
            _between: between,
        };
        cluster.form();
        Some(cluster)
    }

    fn form(&self) {
        for (at, node) in self.nodes[..PRIMARIES].iter().enumerate() {
            let (first, end) = (at * SLOTS / PRIMARIES, (at + 1) * SLOTS / PRIMARIES);
            node.ask::<()>(&format!("CLUSTER SET-CONFIG-EPOCH {}", at + 1));
            node.ask::<()>(&format!("CLUSTER ADDSLOTSRANGE {first} {}", end - 1));
        }
        for (node, between) in self.nodes.iter().zip(&self._between).skip(1) {
            let (port, between) = (node.address().port(), between.number());
            self.nodes[0].ask::<()>(&format!("CLUSTER MEET 127.0.0.1 {port} {between}"));
        }
        let all = format!("cluster_known_nodes:{}\r", self.nodes.len());
        eventually("all nodes know one another", || {
            self.nodes
                .iter()
                .all(|node| says(node, "CLUSTER INFO", &all))
        });
        for (at, replica) in self.nodes.iter().enumerate().skip(PRIMARIES) {
            let primary = self.id(at % PRIMARIES);
            replica.ask::<()>(&format!("CLUSTER REPLICATE {primary}"));
        }
        self.settle();
    }

    /// Waits until every node that runs says that all is well, and every replica follows.
    pub fn settle(&self) {
        eventually("all slots are served, and replicas follow", || {
            self.nodes
                .iter()
                .filter(|node| node.daemon().id().is_some())
                .all(|node| {
                    says(node, "CLUSTER INFO", "cluster_state:ok")
                        && (says(node, "INFO replication", "role:master")
                            || says(node, "INFO replication", "master_link_status:up"))
                })
        });
    }

    /// A node: one of the three primaries of the beginning, or of the replicas that follow them.
    #[must_use]
    pub fn node(&self, at: usize) -> &Redis {
        &self.nodes[at]
    }

    /// All of them.
    #[must_use]
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// With the addresses of the three primaries of the beginning.
    #[must_use]
    pub fn url(&self) -> String {
        let first = self.nodes[0].url();
        let (scheme, first) = first.split_once("://").expect("a URL");
        let others = self.nodes[1..PRIMARIES]
            .iter()
            .map(|node| format!(",{}", node.address()));
        format!("{scheme}+cluster://{first}{}", others.collect::<String>())
    }

    /// The slot of a key.
    #[must_use]
    pub fn slot_of(&self, key: &str) -> u16 {
        self.nodes[0].ask(&format!("CLUSTER KEYSLOT {key}"))
    }

    /// The primary of a slot, as those see it who run.
    ///
    /// # Panics
    /// When none of them has it.
    #[must_use]
    pub fn primary_of(&self, slot: u16) -> usize {
        (0..self.nodes.len())
            .find(|&node| self.serves(node, slot))
            .expect("somebody has it")
    }

    /// Whether a node runs, and takes itself for the primary of a slot.
    fn serves(&self, node: usize, slot: u16) -> bool {
        let node = &self.nodes[node];
        if node.daemon().id().is_none() {
            return false;
        }
        let has = |range: &str| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            // What is not a range is a slot on its way.
            let ends = (first.parse::<u16>(), last.parse::<u16>());
            matches!(ends, (Ok(first), Ok(last)) if (first..=last).contains(&slot))
        };
        let nodes: Option<String> = node.try_ask("CLUSTER NODES");
        nodes.unwrap_or_default().lines().any(|line| {
            let words: Vec<_> = line.split(' ').collect();
            words[2].starts_with("myself,master") && words[8..].iter().any(|range| has(range))
        })
    }

    /// Waits until another than that is the primary of a slot, as it is some time after its end.
    pub fn failed_over(&self, slot: u16, before: usize) {
        let replicas = (before % PRIMARIES..self.nodes.len()).step_by(PRIMARIES);
        let others: Vec<_> = replicas.filter(|&node| node != before).collect();
        eventually("a replica is the primary", || {
            others.iter().any(|&node| self.serves(node, slot))
        });
        self.settle();
    }

    /// Gives a slot, with the keys that are in it, to another primary.
    pub fn move_slot(&self, slot: u16, to: usize) {
        let from = self.primary_of(slot);
        self.begin_move(slot, to);
        self.move_keys(slot, from, to);
        self.end_move(slot, from, to);
    }

    /// The first step of [`move_slot`](Self::move_slot): new keys of the slot are made there.
    pub fn begin_move(&self, slot: u16, to: usize) {
        let from = self.primary_of(slot);
        let (source, target) = (self.id(from), self.id(to));
        self.nodes[to].ask::<()>(&format!("CLUSTER SETSLOT {slot} IMPORTING {source}"));
        self.nodes[from].ask::<()>(&format!("CLUSTER SETSLOT {slot} MIGRATING {target}"));
    }

    /// The second: the keys that there are go there.
    pub fn move_keys(&self, slot: u16, from: usize, to: usize) {
        let port = self.nodes[to].address().port();
        loop {
            let keys: Vec<String> =
                self.nodes[from].ask(&format!("CLUSTER GETKEYSINSLOT {slot} 100"));
            if keys.is_empty() {
                return;
            }
            let keys = keys.join(" ");
            let migrate = format!("MIGRATE 127.0.0.1 {port}  0 10000 KEYS {keys}");
            self.nodes[from].ask::<()>(&migrate);
        }
    }

    /// The last: it is that primary's.
    pub fn end_move(&self, slot: u16, from: usize, to: usize) {
        let target = self.id(to);
        for node in [to, from] {
            self.nodes[node].ask::<()>(&format!("CLUSTER SETSLOT {slot} NODE {target}"));
        }
    }

    fn id(&self, node: usize) -> String {
        self.nodes[node].ask("CLUSTER MYID")
    }
}

/// Whether a node answers something that has that part.
fn says(node: &Redis, asked: &str, part: &str) -> bool {
    let answer: Option<String> = node.try_ask(asked);
    answer.is_some_and(|answer| answer.contains(part))
}
