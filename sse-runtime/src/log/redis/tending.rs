//! Looking after all that a log needs in the background, as long as it is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::{AbortHandle, JoinSet};

use super::super::remote::Connections;
use super::hearing::{Ear, Hearing};
use super::link::{Dialed, Link, Shard};

/// The two first connections to a server.
pub(super) struct Connected {
    pub(super) shard: Arc<Shard>,
    pub(super) asking: Dialed,
    pub(super) hearing: Ear,
}

/// Keeps the connections to whoever is a primary.
pub(super) async fn tend(
    link: Arc<Link>,
    hearing: Arc<Hearing>,
    connections: Arc<Connections>,
    first: Vec<Connected>,
) {
    let servers = async {
        let mut tasks = JoinSet::new();
        let mut tended = BTreeMap::new();
        let mut start = |shard: Arc<Shard>, first: Option<(Dialed, Ear)>| {
            let (link, hearing) = (Arc::clone(&link), Arc::clone(&hearing));
            let connections = Arc::clone(&connections);
            let (asking, ear) = first.unzip();
            tasks.spawn(async move {
                let asks = shard.line.keep(&shard.server, &link, &connections, asking);
                tokio::join!(asks, hearing.keep(&shard, ear));
            })
        };
        let mut changes = link.changes();
        let mut shards = Arc::clone(&changes.borrow_and_update());
        for Connected {
            shard,
            asking,
            hearing,
        } in first
        {
            let task = start(Arc::clone(&shard), Some((asking, hearing)));
            tended.insert(shard.server.address(), (shard, task));
        }
        // Invariant: the sender is here, so there is no end of it.
        while changes.changed().await.is_ok() {
            let now = Arc::clone(&changes.borrow_and_update());
            let is_here = |shard: &Arc<Shard>| now.all().iter().any(|it| Arc::ptr_eq(it, shard));
            tended.retain(|_, (shard, task): &mut (Arc<Shard>, AbortHandle)| {
                let is_here = is_here(shard);
                if !is_here {
                    task.abort();
                }
                is_here
            });
            for shard in now.all() {
                let tended = tended.entry(shard.server.address());
                tended.or_insert_with(|| (Arc::clone(shard), start(Arc::clone(shard), None)));
            }
            hearing.moved(&shards, &now);
            shards = now;
        }
    };
    tokio::join!(servers, link.follow(), hearing.distribute());
}
