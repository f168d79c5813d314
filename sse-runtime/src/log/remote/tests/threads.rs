//! The same on several threads at once.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::*;

const APPENDS: usize = 150;
const CHANNELS: [&str; 2] = ["a", "b"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_on_many_threads_get_all_that_writers_on_many_append() {
    let server = Server::new(Bounds::default().events(10_000));
    let nodes = [(); 2].map(|()| Arc::new(<Node>::new(&server)));
    let mut readers = JoinSet::new();
    for reader in 0..24 {
        let node = Arc::clone(&nodes[reader % 2]);
        let name = CHANNELS[reader / 2 % 2];
        let start = end_of(&*node, name).await;
        readers.spawn(async move { follow(&node, name, start).await });
    }
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let node = Arc::clone(&nodes[writer % 2]);
        writers.spawn(async move {
            for n in 0..APPENDS {
                append(&*node, CHANNELS[n % 2], &format!("{writer}.{n}")).await;
            }
        });
    }
    let all = async { (writers.join_all().await, readers.join_all().await) };
    timeout(Duration::from_secs(60), all).await.unwrap();
    assert!(nodes.iter().all(|node| node.health() == Health::Serving));
}

/// Until it has all.
async fn follow(node: &Node, name: &str, mut at: Cursor) {
    let all = 4 * APPENDS as u64 / 2;
    let mut seen = 0;
    while seen < all {
        // Somebody who comes back now and then.
        let mut watch = node.watch(&channels([name]));
        for _ in 0..20 {
            let page = read(node, name, at).await;
            assert_eq!(page.standing(), Standing::Contiguous);
            for entry in page.runs().flat_map(Run::entries) {
                assert_eq!(entry.cursor().seq(), at.seq() + 1);
                at = entry.cursor();
                seen += 1;
            }
            if seen == all {
                break;
            }
            if !page.has_more() {
                watch.changed().await;
            }
        }
    }
}
