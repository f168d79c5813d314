//! Two nodes, each behind a network of its own to one engine.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use sse_runtime::log::EventLog;
use tests::Proxy;
use tests::node::Node;
use tests::servers::Server;
use tokio::task::block_in_place;

use crate::entrances::Entrances;

/// An engine that keeps what it was told over a restart.
pub(crate) trait Engine: Server + Sized + 'static {
    type Log: EventLog;

    /// Starts one. Where there is no program, this says `skipped`.
    fn durable() -> Option<Self>;

    /// The URL of its log by way of that address.
    fn url_by(&self, address: SocketAddr) -> String;

    /// The log at that URL, of which so many events of a channel are kept.
    fn connect(url: &str, kept: u64) -> impl Future<Output = Self::Log> + Send;
}

/// What two nodes do over any engine.
macro_rules! two_nodes {
    ($engine:ty) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn in_a_storm_readers_get_everything_once_or_are_told_what_they_miss() {
            crate::weather::is_weathered::<$engine>().await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn while_the_engine_is_away_subscribers_stay_and_publishers_are_told() {
            crate::away::is_outlasted::<$engine>().await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_node_has_as_many_connections_for_500_channels_as_for_one() {
            crate::connections::are_constant::<$engine>().await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn who_is_present_is_seen_from_other_nodes_until_their_node_is_killed() {
            crate::presence::is_seen_from_other_nodes::<$engine>().await;
        }
    };
}
pub(crate) use two_nodes;

pub(crate) struct Cluster<E> {
    pub(crate) engine: E,
    pub(crate) networks: [Proxy; 2],
    pub(crate) entrances: Arc<Entrances>,
    kept: u64,
    nodes: Mutex<Vec<Node>>,
}

impl<E: Engine> Cluster<E> {
    /// Starts it, with a log that keeps so many events of a channel; `None` where there is no engine.
    pub(crate) async fn start(kept: u64) -> Option<Self> {
        let engine = block_in_place(E::durable)?;
        let networks = [
            Proxy::start(engine.address()).await,
            Proxy::start(engine.address()).await,
        ];
        let start = |network: &Proxy| start(&engine.url_by(network.address()), kept);
        let nodes: Vec<_> = block_in_place(|| networks.iter().map(start).collect());
        let urls = nodes.iter().map(|node| node.url().to_owned());
        Some(Self {
            entrances: Arc::new(Entrances::new(urls)),
            nodes: Mutex::new(nodes),
            engine,
            networks,
            kept,
        })
    }

    /// The log, past the networks of the nodes.
    pub(crate) async fn log(&self) -> E::Log {
        E::connect(&self.engine.url_by(self.engine.address()), self.kept).await
    }

    /// Kills a node, and starts another in its place. It blocks.
    pub(crate) fn replace(&self, node: usize) {
        let url = self.engine.url_by(self.networks[node].address());
        self.kill(node);
        let new = start(&url, self.kept);
        self.entrances.replace(node, new.url());
        self.nodes()[node] = new;
    }

    /// Kills a node. It blocks.
    pub(crate) fn kill(&self, node: usize) {
        self.nodes()[node].kill();
    }

    /// How many bytes of memory the larger of the nodes has in use.
    pub(crate) fn resident(&self) -> u64 {
        let resident = self.nodes().iter().map(Node::resident).max();
        resident.unwrap_or_default()
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<Node>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How soon whoever looks after a node that did not come up starts it again.
const AGAIN: Duration = Duration::from_millis(100);

/// Starts a node; again where it does not come up, as when its network lets nothing through.
fn start(log: &str, kept: u64) -> Node {
    let program = Path::new(env!("CARGO_BIN_EXE_node"));
    for _ in 0..100 {
        match Node::start(program, log, kept) {
            Ok(node) => return node,
            Err(_) => thread::sleep(AGAIN),
        }
    }
    panic!("no node comes up on {log}");
}
