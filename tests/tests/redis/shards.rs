//! A cluster whose slots move, and how it is connected.

use sse_runtime::log::*;
use tests::servers::{Redis, RedisCluster, RedisSettings};
use tokio::task::block_in_place;

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
    eventually(async || {
        let heard = cluster.nodes().iter().map(|node| {
            let channels: Vec<String> = node.ask("PUBSUB SHARDCHANNELS");
            channels.len()
        });
        (heard.sum::<usize>() == 200).then_some(())
    })
    .await;
    for node in cluster.nodes() {
        assert_eq!(connections(node), 2);
    }
    drop((watches, log));
    eventually(async || {
        let mut nodes = cluster.nodes().iter();
        nodes.all(|node| connections(node) == 0).then_some(())
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
        eventually(async || {
            let channels: Vec<String> = cluster.node(to).ask("PUBSUB SHARDCHANNELS");
            (channels == ["{sse:room}:live"]).then_some(())
        })
        .await;
        append(&here, [n]).await;
        eventually(async || (numbers(&read(&there, start).await).last() == Some(&n)).then_some(()))
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
