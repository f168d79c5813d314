//! Several nodes on one stream.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use sse_runtime::log::*;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_appends_another_is_hinted_of_and_reads() {
    let nats = nats!();
    let (log, other) = (log_of(&nats).await, log_of(&nats).await);
    let mut watch = watch(&other);
    hint(&mut watch).await;
    let mut at = end(&other).await;
    for n in 0..50 {
        append(&log, [n]).await;
        loop {
            hint(&mut watch).await;
            let page = read(&other, at).await;
            at = page.next();
            if !page.is_empty() {
                assert_eq!(numbers(&page), [n]);
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_one_on_all_nodes() {
    let nats = nats!();
    let nodes = join_all((0..4).map(|_| log_of(&nats))).await;
    let key = Condition::Once(IdempotencyKey::new("order 4711").unwrap());
    let answers = join_all(nodes.iter().map(|log| append_if(log, key, 1))).await;
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    let new = answers.iter().filter(|answer| !answer.is_repeated).count();
    assert_eq!(new, 1);
    assert!(answers.iter().all(|it| it.places == answers[0].places));
    assert_eq!(all(&nodes[0]).await, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_nodes_at_one_place_one_wins() {
    let nats = nats!();
    let nodes = join_all((0..4).map(|_| log_of(&nats))).await;
    for round in 0..20 {
        let at = Condition::At(end(&nodes[0]).await);
        let answers = join_all(nodes.iter().map(|log| append_if(log, at, round))).await;
        let won = answers.iter().filter(|it| it.is_ok()).count();
        let moved = |it: &&Result<_, _>| matches!(it, Err(AppendError::Moved { .. }));
        assert_eq!((won, answers.iter().filter(moved).count()), (1, 3));
    }
    assert_eq!(all(&nodes[0]).await, (0..20).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_appended_after_an_end_by_any_node() {
    let nats = nats!();
    let nodes = join_all((0..3).map(|_| log_of(&nats))).await;
    let written = AtomicUsize::new(0);
    let writers = nodes.iter().map(|log| async {
        loop {
            match try_append(log, 7).await {
                Ok(_) => written.fetch_add(1, Ordering::Relaxed),
                Err(AppendError::Ended { .. }) => return,
                Err(other) => panic!("{other:?}"),
            };
        }
    });
    let ending = async {
        eventually(async || (written.load(Ordering::Relaxed) > 50).then_some(())).await;
        let last = Record::new(b"data: 8\n").unwrap();
        nodes[0].end(&room(), Some(&last)).await.unwrap()
    };
    let (_, end) = tokio::join!(join_all(writers), ending);
    let mut all = all(&nodes[1]).await;
    assert_eq!(all.pop(), Some(8));
    assert_eq!(
        all.len(),
        written.into_inner(),
        "what was acknowledged is read"
    );
    let extent = nodes[2].extent(&room()).await.unwrap();
    assert!(extent.ended && extent.newest == end);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_more_channels_than_are_subscribed_to_one_by_one_is_hinted_of_all() {
    const CHANNELS: usize = 5_000;
    let nats = nats!();
    let (log, other) = (log_of(&nats).await, log_of(&nats).await);
    let name = |n| ChannelName::new(format!("user.{n}")).unwrap();
    let names: Vec<_> = (0..CHANNELS).map(name).collect();
    let mut watches: Vec<_> = names
        .chunks(Channels::MAX)
        .map(|names| log.watch(&Channels::new(names.iter().cloned()).unwrap()))
        .collect();
    let record = Record::new(b"data: 1\n").unwrap();
    for n in [0, 1, CHANNELS / 2, CHANNELS - 1] {
        other.append(&names[n], &record).await.unwrap();
        let watch = &mut watches[n / Channels::MAX];
        let index = n % Channels::MAX;
        eventually(async || {
            let changed = tokio::time::timeout(PATIENCE, watch.changed()).await;
            let is_hinted = changed.unwrap().channels().any(|it| it == index);
            is_hinted.then_some(())
        })
        .await;
        let oldest = log.extent(&names[n]).await.unwrap().oldest;
        // Which hint it was that came, nobody knows: the first says that the channel is heard.
        eventually(async || {
            let page = log.read_after(&names[n], oldest, Limit::default()).await;
            (numbers(&page.unwrap()) == [1]).then_some(())
        })
        .await;
    }
    other.signal(&names[7], &record).await.unwrap();
    let signal = eventually(async || {
        other.signal(&names[7], &record).await.unwrap();
        watches[0].take_signal()
    })
    .await;
    assert_eq!(signal.channel(), 7);
}
