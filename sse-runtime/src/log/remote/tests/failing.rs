//! The server does not answer, or with what cannot be read.

use std::sync::Arc;

use super::server::Fault;
use super::*;

fn reason(log: &impl EventLog) -> Option<String> {
    match log.health() {
        Health::Serving => None,
        Health::Impaired { reason } => Some(reason),
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_asked_ever_less_often_by_one() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let names: Vec<_> = (0..300).map(|n| n.to_string()).collect();
    let watches = names.iter().map(|name| node.watch(&channels([&**name])));
    let mut watches: Vec<_> = watches.collect();
    settle().await;
    for watch in &mut watches {
        watch.changed().await;
    }
    server.fail(Some(Fault::Unavailable));
    let asked = || server.asked.reads() + server.asked.ends();
    rounds(2).await;
    assert_eq!(
        reason(&node).unwrap(),
        "reads fail: the server is away",
        "within two rounds"
    );
    rounds(60).await;
    let before = asked();
    for name in &names {
        server.hint(&channel(name), None);
    }
    rounds(60).await;
    let questions = asked() - before;
    // Pauses of 5 s at most and half of that on average.
    assert!((12..=60).contains(&questions), "{questions} questions");

    for name in &names {
        append(&server.log(), name, "1").await;
    }
    server.fail(None);
    for watch in &mut watches {
        assert!(is_hinted_within(watch, Duration::from_secs(8)).await);
    }
    assert_eq!(reason(&node), None);
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_away_keeps_the_others_from_little() {
    let server = Server::new(Bounds::default());
    let names: Vec<_> = (0..300).map(|n| n.to_string()).collect();
    server
        .away
        .lock()
        .unwrap()
        .extend([channel("7"), channel("150")]);
    let (node, other): (Node, Node) = (Node::new(&server), Node::new(&server));
    let watches = names.iter().map(|name| node.watch(&channels([&**name])));
    let mut watches: Vec<_> = watches.collect();
    rounds(5).await;
    for (name, watch) in names.iter().zip(&mut watches) {
        let is_away = server.away.lock().unwrap().contains(&channel(name));
        assert_eq!(is_hinted_within(watch, Duration::ZERO).await, !is_away);
    }
    for (name, watch) in names.iter().zip(&mut watches) {
        if server.away.lock().unwrap().contains(&channel(name)) {
            continue;
        }
        append(&other, name, "1").await;
        assert!(is_hinted_within(watch, Duration::from_millis(300)).await);
    }
    server.away.lock().unwrap().clear();
    rounds(8).await;
    for name in ["7", "150"] {
        let watch = &mut watches[name.parse::<usize>().unwrap()];
        assert!(is_hinted_within(watch, Duration::ZERO).await);
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_are_of_no_certain_length() {
    let mut lengths = Vec::new();
    for seed in 0..20 {
        fastrand::seed(seed);
        let server = Server::new(Bounds::default());
        let node: Node = Node::new(&server);
        let mut watch = node.watch(&channels(["a"]));
        watch.changed().await;
        server.fail(Some(Fault::Unavailable));
        rounds(30).await;
        append(&server.log(), "a", "1").await;
        server.fail(None);
        let since = tokio::time::Instant::now();
        watch.changed().await;
        lengths.push(since.elapsed());
    }
    lengths.sort();
    assert!(lengths.first() < Some(&Duration::from_millis(1500)));
    assert!(lengths.last() > Some(&Duration::from_millis(2500)));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_says_it_is_back_is_asked_at_once() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let mut watch = node.watch(&channels(["a"]));
    watch.changed().await;
    for _ in 0..20 {
        server.fail(Some(Fault::Unavailable));
        rounds(30).await;
        server.fail(None);
        append(&server.log(), "a", "1").await;
        node.mirrors.serving();
        node.mirrors.heard(&channel("a"));
        assert!(is_hinted_within(&mut watch, Duration::from_millis(100)).await);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_answer_with_others_fails_with_them() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::deaf(&server);
    let _watch = node.watch(&channels(["a"]));
    let at = end_of(&node, "a").await;
    settle().await;
    server.fail(Some(Fault::Unavailable));
    let before = server.asked.reads();
    let cursors = (0..100).map(|n| Cursor::new(at.epoch(), at.seq() + n));
    let a = channel("a");
    let reads = cursors.map(|cursor| node.read_after(&a, cursor, Limit::default()));
    let reads = futures::future::join_all(reads).await;
    for read in reads {
        let Err(ReadError::Unavailable(source)) = read else {
            panic!("{read:?}");
        };
        assert_eq!(source.to_string(), "the server is away");
    }
    assert!(server.asked.reads() - before <= 3);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_its_turn_for_long() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    server.answers_after(Duration::from_secs(5));
    server.fail(Some(Fault::Unavailable));
    let names: Vec<_> = (0..500).map(|n| channel(&n.to_string())).collect();
    let since = tokio::time::Instant::now();
    let extents = names.iter().map(|name| node.extent(name));
    let extents = futures::future::join_all(extents).await;
    assert!(extents.iter().all(Result::is_err));
    assert!(since.elapsed() < Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_told_to_readers_and_left_alone() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let mut watch = node.watch(&channels(["a"]));
    watch.changed().await;
    let (a, at) = (channel("a"), end_of(&node, "a").await);
    server.fail(Some(Fault::Unreadable));
    append(&server.log(), "a", "1").await;
    server.hint(&a, None);
    watch.changed().await;
    let read = node.read_after(&a, at, Limit::default()).await;
    assert!(matches!(read, Err(ReadError::Unreadable(_))), "{read:?}");
    let before = server.asked.reads();
    rounds(20).await;
    assert_eq!(server.asked.reads() - before, 0);
    assert_eq!(reason(&node), None);
    server.fail(None);
    server.hint(&a, None);
    watch.changed().await;
    assert_eq!(data(&super::read(&node, "a", at).await), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn an_append_that_failed_is_told_of_until_one_does_not_or_for_a_while() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let (a, record) = (channel("a"), Record::new(b"data: x\n").unwrap());
    for is_tried_again in [true, false] {
        server.fail(Some(Fault::Unavailable));
        assert!(node.append(&a, &record).await.is_err());
        assert_eq!(reason(&node).unwrap(), "appends fail: the server is away");
        server.fail(None);
        if is_tried_again {
            node.append(&a, &record).await.unwrap();
        } else {
            sleep(Duration::from_secs(31)).await;
        }
        assert_eq!(reason(&node), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_dropped_leaves_nothing_behind() {
    let server = Server::new(Bounds::default());
    let node: Node = Node::new(&server);
    let watch = node.watch(&channels(["a"]));
    append(&node, "a", "1").await;
    settle().await;
    drop(node);
    settle().await;
    assert_eq!(Arc::strong_count(&server), 1);
    drop(watch);
}
