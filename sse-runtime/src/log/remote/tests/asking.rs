//! However many want something at once, the server is asked a few times.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::*;

/// Reads on from there to the end.
async fn read_all(log: &impl EventLog, name: &str, mut at: Cursor, limit: Limit) -> Vec<String> {
    let channel = channel(name);
    let mut all = Vec::new();
    loop {
        let page = log.read_after(&channel, at, limit).await.unwrap();
        assert_eq!(page.standing(), Standing::Contiguous);
        all.extend(data(&page));
        at = page.next();
        if !page.has_more() {
            return all;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_reconnects_to_a_new_node_is_a_handful_of_reads() {
    let server = Server::new(Bounds::default());
    let start = end_of(&server.log(), "a").await;
    append_many(&server.log(), "a", (1..=500).map(|n| n.to_string())).await;
    let node: Arc<Node> = Arc::new(Node::new(&server));
    let mut clients = JoinSet::new();
    for client in 0..1000 {
        let node = Arc::clone(&node);
        clients.spawn(async move {
            let _watch = node.watch(&channels(["a"]));
            let seq = client * 7919 % 500;
            let at = Cursor::new(start.epoch(), start.seq() + seq);
            let all = read_all(&*node, "a", at, Limit::default()).await;
            assert!(all.into_iter().eq((seq + 1..=500).map(|n| n.to_string())));
        });
    }
    clients.join_all().await;
    let reads = server.asked.reads();
    assert!(reads <= 20, "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn those_who_are_far_behind_read_each_stretch_together() {
    const BYTES: usize = 4 * 1024 * 1024;
    let server = Server::new(Bounds::default().events(10_000).bytes(2 * BYTES));
    let start = end_of(&server.log(), "a").await;
    let long = "x".repeat(1000);
    for _ in 0..BYTES / 100_000 {
        append_many(&server.log(), "a", (0..100).map(|_| long.clone())).await;
    }
    let node: Arc<Node> = Arc::new(Node::new(&server));
    let _watch = node.watch(&channels(["a"]));
    settle().await;
    let mut clients = JoinSet::new();
    for _ in 0..100 {
        let node = Arc::clone(&node);
        clients.spawn(async move {
            let limit = Limit::new(usize::MAX, 16 * 1024);
            read_all(&*node, "a", start, limit).await.len()
        });
    }
    let read = clients.join_all().await;
    assert!(read.iter().all(|it| *it == BYTES / 100_000 * 100));
    let (reads, pages) = (server.asked.reads(), BYTES / (64 * 1024));
    assert!(reads <= 2 * pages, "{reads} reads of {pages} pages");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_who_have_lost_their_place_ask_together_and_are_each_told() {
    let server = Server::new(Bounds::default());
    let node: Arc<Node> = Arc::new(Node::new(&server));
    let mut watches: Vec<_> = (0..1000).map(|_| node.watch(&channels(["a"]))).collect();
    append(&*node, "a", "1").await;
    settle().await;
    let end = end_of(&*node, "a").await;
    for watch in &mut watches {
        watch.changed().await;
    }
    server.flush();
    append(&server.log(), "a", "2").await;
    let before = server.asked.reads();
    server.hint(&channel("a"), None);
    let mut clients = JoinSet::new();
    for mut watch in watches {
        let node = Arc::clone(&node);
        clients.spawn(async move {
            watch.changed().await;
            let page = read(&*node, "a", end).await;
            assert_eq!(page.standing(), Standing::UnknownEpoch);
            let extent = node.extent(&channel("a")).await.unwrap();
            let page = read(&*node, "a", extent.oldest).await;
            assert_eq!(data(&page), ["2"]);
            // It is told once.
            let page = read(&*node, "a", page.next()).await;
            assert_eq!(page.standing(), Standing::Contiguous);
        });
    }
    clients.join_all().await;
    let (reads, extents) = (server.asked.reads() - before, server.asked.extents());
    assert!(reads <= 8, "{reads} reads");
    assert!(extents <= 5, "{extents} extents");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_so_many_questions_are_under_way() {
    let server = Server::new(Bounds::default());
    let node: Arc<Node> = Arc::new(Node::new(&server));
    let mut clients = JoinSet::new();
    for client in 0..500 {
        let node = Arc::clone(&node);
        clients.spawn(async move {
            let name = client.to_string();
            let _watch = node.watch(&channels([&*name]));
            let at = end_of(&*node, &name).await;
            append(&*node, &name, "1").await;
            read(&*node, &name, at).await;
        });
    }
    clients.join_all().await;
    assert!(server.asked.most_in_flight() <= 64);
}

#[tokio::test(start_paused = true)]
async fn who_goes_while_it_asks_leaves_that_to_the_next() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::deaf(&server);
    let _watch = node.watch(&channels(["a"]));
    let (a, at) = (channel("a"), end_of(&node, "a").await);
    let mut goes = Box::pin(node.read_after(&a, at, Limit::default()));
    let mut stays = Box::pin(node.read_after(&a, at, Limit::default()));
    assert!(futures::poll!(&mut goes).is_pending());
    assert!(futures::poll!(&mut stays).is_pending());
    assert_eq!(server.asked.reads(), 1);
    drop(goes);
    assert!(stays.await.unwrap().is_empty());
    assert_eq!(server.asked.reads(), 2);
}
