//! A cluster whose slots move, and how it is connected.

use std::time::Duration;

use sse_runtime::log::*;
use tests::servers::{Redis, RedisCluster, RedisSettings, Server};
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};

use crate::support::*;

fn start() -> Option<RedisCluster> {
    RedisCluster::start(0, &RedisSettings::default())
}

/// How many connections a server has, but for those of the test and of its neighbours.
fn connections(node: &Redis) -> usize {
    let clients: String = node.ask("CLIENT LIST TYPE normal");
    let subscribers: String = node.ask("CLIENT LIST TYPE pubsub");
    let clients = clients.lines().chain(subscribers.lines());
    clients.filter(|line| !line.contains("/redis.sock")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_has_two_connections_to_each_primary_however_many_channels_are_watched() {
    let Some(cluster) = start() else { return };
    let log = cluster_log(&cluster).await;
    let mut watches = Vec::new();
    for n in 0..200 {
        let channel = ChannelName::new(format!("room-{n}")).unwrap();
        let record = Record::new(b"data\n").unwrap();
        log.append(&channel, &record).await.unwrap();
        watches.push(log.watch(&Channels::new([channel]).unwrap()));
    }
    until("all are heard", async || {
        let heard = cluster.nodes().iter().map(|node| {
            let channels: Vec<String> = node.ask("PUBSUB SHARDCHANNELS");
            channels.len()
        });
        heard.sum::<usize>() == 200
    })
    .await;
    for node in cluster.nodes() {
        assert_eq!(connections(node), 2);
    }
    drop((watches, log));
    until("nobody is connected", async || {
        let mut nodes = cluster.nodes().iter();
        nodes.all(|node| connections(node) == 0)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_is_hinted_by_the_server_that_a_slot_has_moved_to() {
    let Some(cluster) = start() else { return };
    let (here, there) = (cluster_log(&cluster).await, cluster_log(&cluster).await);
    let slot = cluster.slot_of("{sse:room}");
    let (from, start) = (cluster.primary_of(slot), end(&here).await);
    let mut watch = watch(&there);
    append(&here, [1]).await;
    hint(&mut watch).await;
    for (n, to) in [(2, (from + 1) % 3), (3, (from + 2) % 3), (4, from)] {
        block_in_place(|| cluster.move_slot(slot, to));
        until("its new server is subscribed to", async || {
            let channels: Vec<String> = cluster.node(to).ask("PUBSUB SHARDCHANNELS");
            channels == ["{sse:room}:live"]
        })
        .await;
        append(&here, [n]).await;
        until("it is read", async || {
            numbers(&read(&there, start).await).last() == Some(&n)
        })
        .await;
        hint(&mut watch).await;
    }
    assert_eq!(numbers(&read(&there, start).await), [1, 2, 3, 4]);
    until_serving(&here).await;
    until_serving(&there).await;
}

/// A slot on its way is of two servers: each question is answered by one of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_slot_on_its_way_is_read_and_written() {
    let Some(cluster) = start() else { return };
    let log = cluster_log(&cluster).await;
    let start = end(&log).await;
    append(&log, [1, 2]).await;
    let slot = cluster.slot_of("{sse:room}");
    let from = cluster.primary_of(slot);
    let to = (from + 1) % 3;
    cluster.begin_move(slot, to);
    append(&log, [3]).await;
    block_in_place(|| cluster.move_keys(slot, from, to));
    append(&log, [4]).await;
    assert_eq!(numbers(&read(&log, start).await), [1, 2, 3, 4]);
    cluster.end_move(slot, from, to);
    append(&log, [5]).await;
    assert_eq!(numbers(&read(&log, start).await), [1, 2, 3, 4, 5]);
}

/// The others do not wait for it, and nobody who watches them is told anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_is_silent_is_missed_on_its_own_channels_alone() {
    let settings = RedisSettings {
        lines: vec!["cluster-require-full-coverage no".to_owned()],
        ..RedisSettings::default()
    };
    let Some(cluster) = RedisCluster::start(0, &settings) else {
        return;
    };
    let log = cluster_log(&cluster).await;
    append(&log, [1]).await;
    let silent = cluster.primary_of(cluster.slot_of("{sse:room}"));
    let names = (0..).map(|n| format!("other-{n}"));
    let mut others = names
        .filter(|name| cluster.primary_of(cluster.slot_of(&format!("{{sse:{name}}}"))) != silent);
    let other = ChannelName::new(others.next().unwrap()).unwrap();
    cluster.node(silent).pause();
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    impairment(&log).await;
    let record = Record::new(b"data\n").unwrap();
    for _ in 0..100 {
        let began = Instant::now();
        log.append(&other, &record).await.unwrap();
        assert!(began.elapsed() < Duration::from_millis(400));
        sleep(Duration::from_millis(10)).await;
    }
    let refused = try_append(&log, 3).await.unwrap_err();
    assert!(!refused.may_be_written(), "{refused:?}");
    cluster.node(silent).resume();
    block_in_place(|| cluster.settle());
    append_when_it_can(&log, 4).await;
    until_serving(&log).await;
}
