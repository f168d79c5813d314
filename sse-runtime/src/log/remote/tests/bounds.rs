//! What a node keeps in memory has bounds, and what is dropped there is read again.

use std::sync::Arc;

use super::super::ring::CHANNEL_BYTES;
use super::*;

async fn append_bytes(log: &impl EventLog, name: &str, bytes: usize) {
    let long = "x".repeat(8000);
    for _ in 0..bytes / 80_000 {
        append_many(log, name, (0..10).map(|_| long.clone())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_takes_no_more_than_its_share() {
    let bounds = Bounds::default().events(10_000).bytes(16 * 1024 * 1024);
    let server = Server::new(bounds);
    let (here, there): (Node, Node) = (Node::new(&server), Node::new(&server));
    let mut watch = here.watch(&channels(["a"]));
    watch.changed().await;
    let start = end_of(&here, "a").await;
    for node in [&here, &there] {
        append_bytes(node, "a", 4 * 1024 * 1024).await;
        settle().await;
        let held = here.mirrors.held();
        assert!(
            (CHANNEL_BYTES / 2..=CHANNEL_BYTES).contains(&held),
            "{held}"
        );
    }
    // Who reads what was dropped takes no more, either.
    let mut at = start;
    loop {
        let page = read(&here, "a", at).await;
        at = page.next();
        assert!(here.mirrors.held() <= CHANNEL_BYTES);
        if !page.has_more() {
            break;
        }
    }
    assert_eq!(at, end_of(&here, "a").await);
}

#[tokio::test(start_paused = true)]
async fn all_channels_take_no_more_than_so_much_and_what_is_read_stays() {
    const ALL: usize = 64 * 1024 * 1024;
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let names: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    let mut watches = Vec::new();
    let mut first = None;
    for name in &names {
        let mut watch = node.watch(&channels([&**name]));
        watch.changed().await;
        watches.push(watch);
        let start = end_of(&node, name).await;
        append_bytes(&node, name, 900_000).await;
        assert!(node.mirrors.held() <= ALL);
        // Somebody reads one of them again and again.
        let (name, start) = *first.get_or_insert((name, start));
        let before = server.asked.reads();
        read(&node, name, start).await;
        assert_eq!(server.asked.reads(), before, "it is still there");
    }
    assert!(node.mirrors.held() > ALL / 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_lies_there_for_long() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let mut watch = node.watch(&channels(["a"]));
    watch.changed().await;
    let start = end_of(&node, "a").await;
    append(&node, "a", "1").await;
    assert!(node.mirrors.held() > 0);
    sleep(Duration::from_secs(80)).await;
    assert_eq!(node.mirrors.held(), 0);
    assert_eq!(data(&read(&node, "a", start).await), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn of_a_channel_that_nobody_watches_nothing_is_left() {
    let server = Server::new(Bounds::default());
    let node: Arc<Node> = Arc::new(Node::new(&server));
    for round in 0..3 {
        let names: Vec<_> = (0..2000).map(|n| format!("{round}.{n}")).collect();
        let mut watches = Vec::new();
        for name in &names {
            watches.push(node.watch(&channels([&**name])));
            append(&*node, name, "1").await;
        }
        assert!(node.mirrors.held() > 0);
        drop(watches);
        // Those beyond the bound go at once.
        assert!(node.mirrors.watched() <= 1000);
        sleep(Duration::from_secs(12)).await;
        assert_eq!((node.mirrors.watched(), node.mirrors.held()), (0, 0));
    }
}
