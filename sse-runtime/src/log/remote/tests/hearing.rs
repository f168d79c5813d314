//! Hints come, cease to come, and are lost.

use std::sync::atomic::Ordering;

use super::super::Interest;
use super::*;

/// A watch of a channel that was heard and looked at, and where it is.
async fn watch(node: &Node, name: &str) -> (RemoteWatch, Cursor) {
    let mut watch = node.watch(&channels([name]));
    watch.changed().await;
    (watch, end_of(node, name).await)
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_was_lost_is_made_up_for_by_looking() {
    let server = Server::new(Bounds::default());
    let node = Node::new(&server);
    let (mut watch, at) = watch(&node, "a").await;
    append(&server.log(), "a", "1").await;
    assert!(is_hinted_within(&mut watch, Duration::from_secs(2)).await);
    assert_eq!(data(&read(&node, "a", at).await), ["1"]);
    // Only when no hint has come by the next round it is lost.
    assert!(!node.mirrors.has_lost_hints());
    rounds(1).await;
    assert!(node.mirrors.has_lost_hints());
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_comes_late_is_not_lost() {
    let server = Server::new(Bounds::default());
    let (node, other) = (Node::new(&server), <Node>::new(&server));
    let _watch = watch(&node, "a").await;
    server.delay_hints(Duration::from_millis(500));
    for n in 0..50 {
        append(&other, "a", &n.to_string()).await;
        sleep(Duration::from_millis(300)).await;
    }
    rounds(2).await;
    assert!(!node.mirrors.has_lost_hints());
}

#[tokio::test(start_paused = true)]
async fn what_came_while_none_was_heard_is_there_as_soon_as_some_are() {
    let server = Server::new(Bounds::default());
    let node = Node::new(&server);
    let (mut watch, at) = watch(&node, "a").await;
    // Just after a round, so that none comes in between.
    rounds(1).await;
    node.deafen();
    append(&server.log(), "a", "1").await;
    node.listen();
    assert!(is_hinted_within(&mut watch, Duration::from_millis(100)).await);
    assert_eq!(data(&read(&node, "a", at).await), ["1"]);
    assert!(!node.mirrors.has_lost_hints());
}

#[tokio::test(start_paused = true)]
async fn a_deaf_node_looks() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::deaf(&server);
    let mut watch = node.watch(&channels(["a"]));
    let at = end_of(&node, "a").await;
    append(&server.log(), "a", "1").await;
    rounds(1).await;
    watch.changed().await;
    assert_eq!(data(&read(&node, "a", at).await), ["1"]);
    append(&server.log(), "a", "2").await;
    assert!(is_hinted_within(&mut watch, Duration::from_secs(2)).await);
    // That is how it is meant to be.
    rounds(3).await;
    assert!(!node.mirrors.has_lost_hints());
}

#[tokio::test(start_paused = true)]
async fn at_its_end_a_deaf_node_asks_and_a_hearing_one_does_not() {
    let server = Server::new(Bounds::default());
    let node = Node::new(&server);
    let (_watch, at) = watch(&node, "a").await;
    let before = server.asked.reads();
    read(&node, "a", at).await;
    assert_eq!(server.asked.reads() - before, 0);
    node.deafen();
    read(&node, "a", at).await;
    assert_eq!(server.asked.reads() - before, 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_quiet_channels_are_a_few_questions_a_second() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let names: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
    let _watches: Vec<_> = names
        .iter()
        .map(|name| node.watch(&channels([&**name])))
        .collect();
    rounds(2).await;
    let before = (server.asked.ends(), server.asked.reads());
    rounds(10).await;
    let ends = server.asked.ends() - before.0;
    assert!((80..=90).contains(&ends), "{ends} questions");
    assert_eq!(server.asked.reads(), before.1);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_loaded_again_is_no_change_of_interest() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::deaf(&server);
    let a = channel("a");
    let watch = node.watch(&channels(["a"]));
    assert_eq!(node.mirrors.interest().await, Interest::Watched(a.clone()));
    for _ in 0..3 {
        let again = node.watch(&channels(["a"]));
        drop(again);
    }
    drop(watch);
    sleep(Duration::from_secs(9)).await;
    let watch = node.watch(&channels(["a"]));
    sleep(Duration::from_secs(60)).await;
    assert_eq!(node.mirrors.take_interest(), None);
    drop(watch);
    sleep(Duration::from_secs(12)).await;
    assert_eq!(node.mirrors.take_interest(), Some(Interest::Unwatched(a)));
    assert_eq!(node.mirrors.take_interest(), None);
}

#[tokio::test(start_paused = true)]
async fn who_watches_keys_is_woken_for_them_and_now_and_then() {
    let server = Server::new(Bounds::default());
    for (here, there) in [(0, 0), (0, 1)] {
        let nodes = [(); 2].map(|()| <Node>::new(&server));
        let keys = ["a"].into_iter().collect();
        let mut watch = nodes[here].watch_keys(&channels(["keys"]), &keys);
        watch.changed().await;
        let mut woken = 0;
        for _ in 0..240 {
            append_about(&nodes[there], "keys", "b", Some("b")).await;
            woken += u32::from(is_hinted_within(&mut watch, Duration::from_millis(5)).await);
        }
        assert_eq!(woken, 0);
        append_about(&nodes[there], "keys", "a", Some("a")).await;
        assert!(is_hinted_within(&mut watch, Duration::from_millis(5)).await);
        // A quarter of what the engine keeps.
        for _ in 0..250 {
            append_about(&nodes[there], "keys", "b", Some("b")).await;
            woken += u32::from(is_hinted_within(&mut watch, Duration::from_millis(5)).await);
        }
        assert_eq!(woken, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn hints_without_a_place_are_read_after_once_each() {
    let server = Server::new(Bounds::default());
    let (node, other) = (Node::new(&server), <Node>::new(&server));
    server.hints_without_places.store(true, Ordering::Relaxed);
    let (mut watch, at) = watch(&node, "a").await;
    let before = server.asked.reads();
    append(&other, "a", "1").await;
    watch.changed().await;
    assert_eq!(data(&read(&node, "a", at).await), ["1"]);
    rounds(3).await;
    assert_eq!(server.asked.reads() - before, 1);
}
