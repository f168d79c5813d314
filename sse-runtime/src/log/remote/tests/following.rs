//! Whoever follows a channel gets what comes, and the server is asked once for all of them.

use std::sync::atomic::Ordering;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_remote_log_holds_what_every_log_must() {
    #[cfg(feature = "conformance")]
    for hints_have_places in [true, false] {
        let bounds = Bounds::default().events(200);
        let server = Server::new(bounds);
        let without = &server.hints_without_places;
        without.store(!hints_have_places, Ordering::Relaxed);
        let report = conformance::check(&<Node>::new(&server)).await;
        assert!(report.is_conformant(), "{report}");
        let report = conformance::check(&Sparse::new(&server)).await;
        assert!(report.is_conformant(), "{report}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_who_follow_cost_one_read_a_hint() {
    let server = Server::new(Bounds::default());
    let (here, there): (Node, Node) = (Node::new(&server), Node::new(&server));
    let mut watches: Vec<_> = (0..1000).map(|_| here.watch(&channels(["a"]))).collect();
    let mut at = end_of(&here, "a").await;
    settle().await;
    for watch in &mut watches {
        watch.changed().await;
    }
    let before = server.asked.reads();
    for n in 0..10 {
        append(&there, "a", &n.to_string()).await;
        for watch in &mut watches {
            watch.changed().await;
            let page = read(&here, "a", at).await;
            assert_eq!(data(&page), [n.to_string()]);
            assert!(!page.has_more());
        }
        at = read(&here, "a", at).await.next();
    }
    assert_eq!(server.asked.reads() - before, 10);
}

#[tokio::test(start_paused = true)]
async fn hints_that_come_at_once_are_one_read() {
    let server = Server::new(Bounds::default());
    let (here, there): (Node, Node) = (Node::new(&server), Node::new(&server));
    let mut watch = here.watch(&channels(["a"]));
    let at = end_of(&here, "a").await;
    settle().await;
    watch.changed().await;
    let before = server.asked.reads();
    let appends: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    futures::future::join_all(appends.iter().map(|data| append(&there, "a", data))).await;
    settle().await;
    watch.changed().await;
    assert_eq!(data(&read(&here, "a", at).await).len(), 100);
    let reads = server.asked.reads() - before;
    assert!(reads <= 2, "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn what_a_node_appends_itself_is_not_read_back() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let mut watch = node.watch(&channels(["a"]));
    let mut at = end_of(&node, "a").await;
    settle().await;
    watch.changed().await;
    let before = server.asked.reads();
    for n in 0..10 {
        append(&node, "a", &n.to_string()).await;
        watch.changed().await;
        let page = read(&node, "a", at).await;
        assert_eq!(data(&page), [n.to_string()]);
        at = page.next();
        settle().await;
    }
    append_many(&node, "a", (0..500).map(|n| n.to_string())).await;
    watch.changed().await;
    assert_eq!(data(&read(&node, "a", at).await).len(), 500);
    assert_eq!(server.asked.reads() - before, 0);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_sends_is_not_read() {
    let server = Server::new(Bounds::default());
    server.pushes.store(true, Ordering::Relaxed);
    let (here, there): (Sparse, Sparse) = (Node::new(&server), Node::new(&server));
    let keys = ["a"].into_iter().collect();
    let mut watch = here.watch(&channels(["a"]));
    let mut watch_of_a = here.watch_keys(&channels(["a"]), &keys);
    let mut at = end_of(&here, "a").await;
    settle().await;
    watch.changed().await;
    watch_of_a.changed().await;
    let before = server.asked.reads();
    for n in 0..10 {
        let key = ["a", "b"][n % 2];
        append_about(&there, "a", &n.to_string(), Some(key)).await;
        watch.changed().await;
        let is_woken = is_hinted_within(&mut watch_of_a, Duration::from_millis(5)).await;
        assert_eq!(is_woken, key == "a");
        let page = read(&here, "a", at).await;
        assert_eq!(data(&page), [n.to_string()]);
        assert!(!page.has_more());
        at = page.next();
    }
    append_many(&there, "a", (0..500).map(|n| n.to_string())).await;
    watch.changed().await;
    assert_eq!(data(&read(&here, "a", at).await).len(), 500);
    assert_eq!(server.asked.reads() - before, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_after_something_that_was_not_is_read_with_it() {
    let server = Server::new(Bounds::default());
    let (here, there): (Sparse, Sparse) = (Node::new(&server), Node::new(&server));
    let mut watch = here.watch(&channels(["a"]));
    let at = end_of(&here, "a").await;
    settle().await;
    watch.changed().await;
    append(&server.log(), "a", "1").await;
    server.pushes.store(true, Ordering::Relaxed);
    append(&there, "a", "2").await;
    assert!(is_hinted_within(&mut watch, Duration::from_millis(100)).await);
    assert_eq!(data(&read(&here, "a", at).await), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_node_appends_itself_is_not_read_where_it_is_about_to_be_sent() {
    let server = Server::new(Bounds::default());
    server.pushes.store(true, Ordering::Relaxed);
    let node: Sparse = Node::new(&server);
    let mut watch = node.watch(&channels(["a"]));
    let mut at = end_of(&node, "a").await;
    settle().await;
    watch.changed().await;
    server.delay_hints(Duration::from_millis(100));
    let before = server.asked.reads();
    for n in 0..4 {
        append(&node, "a", &n.to_string()).await;
        watch.changed().await;
        let page = read(&node, "a", at).await;
        assert_eq!(data(&page), [n.to_string()]);
        assert!(!page.has_more());
        at = page.next();
    }
    assert_eq!(server.asked.reads() - before, 0);
}

#[tokio::test(start_paused = true)]
async fn who_reads_what_was_appended_before_it_is_sent_has_it_once() {
    let server = Server::new(Bounds::default());
    server.pushes.store(true, Ordering::Relaxed);
    let node: Sparse = Node::new(&server);
    let mut watch = node.watch(&channels(["a"]));
    let at = end_of(&node, "a").await;
    settle().await;
    watch.changed().await;
    server.delay_hints(Duration::from_secs(3600));
    append(&node, "a", "1").await;
    let page = read(&node, "a", at).await;
    assert_eq!(data(&page), ["1"]);
    server.delay_hints(Duration::ZERO);
    append(&node, "a", "2").await;
    let page = read(&node, "a", page.next()).await;
    assert_eq!(data(&page), ["2"]);
    assert_eq!(data(&read(&node, "a", at).await), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_node_appends_itself_and_is_never_sent_is_found_by_looking() {
    let server = Server::new(Bounds::default());
    let node: Sparse = Node::new(&server);
    let mut watch = node.watch(&channels(["a"]));
    let at = end_of(&node, "a").await;
    settle().await;
    watch.changed().await;
    server.loses_hints.store(true, Ordering::Relaxed);
    append(&node, "a", "1").await;
    assert!(is_hinted_within(&mut watch, Duration::from_millis(1100)).await);
    assert_eq!(data(&read(&node, "a", at).await), ["1"]);
}
