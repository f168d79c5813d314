//! A primary that dies, and another server in its place: in a cluster, and as sentinels say.

use std::time::Duration;

use sse_runtime::log::*;
use tests::servers::{Redis, RedisCluster, RedisSettings, Sentinel, Server};
use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::support::*;
use crate::traffic::{Traffic, follow};

/// Two channels of each of the three primaries.
fn spread(cluster: &RedisCluster) -> Vec<ChannelName> {
    let mut found = vec![Vec::new(); 3];
    for n in 0.. {
        let name = format!("room-{n}");
        let primary = cluster.primary_of(cluster.slot_of(&format!("{{sse:{name}}}")));
        if found[primary].len() < 2 {
            found[primary].push(ChannelName::new(name).unwrap());
        }
        if found.iter().all(|names| names.len() == 2) {
            break;
        }
    }
    found.concat()
}

/// So that what is appended from now on is on this server alone: its replicas are put out, and are let in
/// no more. Others who are in stay in.
fn put_out_replicas(primary: &Redis) {
    assert_eq!(primary.ask::<u8>("WAIT 1 10000"), 1, "it has all so far");
    let mut admin = primary.admin();
    for command in [
        "CONFIG SET requirepass of-nobody",
        "CLIENT KILL TYPE replica",
    ] {
        let (name, arguments) = command.split_once(' ').unwrap();
        let arguments: Vec<_> = arguments.split(' ').collect();
        redis::cmd(name).arg(arguments).exec(&mut admin).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_and_publishers_go_on_in_a_cluster_whose_primary_died() {
    let Some(cluster) = RedisCluster::start(1, &RedisSettings::default()) else {
        return;
    };
    let (here, there) = (cluster_log(&cluster).await, cluster_log(&cluster).await);
    let channels = spread(&cluster);
    let traffic = Traffic::start(&channels, &[&here, &there]).await;
    sleep(Duration::from_millis(500)).await;
    let slot = cluster.slot_of(&format!("{{sse:{}}}", channels[0]));
    block_in_place(|| {
        cluster.node(0).kill();
        cluster.failed_over(slot, 0);
    });
    until_serving(&here).await;
    until_serving(&there).await;
    sleep(Duration::from_millis(500)).await;
    // What the primary had answered and not yet passed on, which is next to nothing.
    let lost = traffic.end(&here).await;
    assert!(lost <= 12, "{lost} lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_and_publishers_go_on_with_the_primary_that_sentinels_name() {
    let Some(sentinel) = Sentinel::start(&RedisSettings::default()) else {
        return;
    };
    let (here, there) = (sentinel_log(&sentinel).await, sentinel_log(&sentinel).await);
    let channels = [
        ChannelName::new("a").unwrap(),
        ChannelName::new("b").unwrap(),
    ];
    let traffic = Traffic::start(&channels, &[&here, &there]).await;
    sleep(Duration::from_millis(500)).await;
    block_in_place(|| {
        sentinel.nodes()[0].kill();
        sentinel.failed_over(0);
    });
    until_serving(&here).await;
    until_serving(&there).await;
    sleep(Duration::from_millis(500)).await;
    let lost = traffic.end(&here).await;
    assert!(lost <= 4, "{lost} lost");
}

/// Appends 1 to 3, which both servers have, and 4 to 5, which the one that dies has alone. Who read up to
/// 3 reads on as if nothing had been; who read 4 and 5 is told once.
async fn a_lost_tail_is_seen(log: &RedisLog, put_out: impl FnOnce(), fail_over: impl FnOnce()) {
    let start = end(log).await;
    let kept = append(log, 1..=3).await;
    block_in_place(put_out);
    let lost = append(log, 4..=5).await;
    assert_eq!(numbers(&read(log, start).await), [1, 2, 3, 4, 5]);
    block_in_place(fail_over);
    // Numbered as those that were lost.
    let again = append_when_it_can(log, 14).await;
    assert_eq!(again.seq(), lost[0].seq());
    append(log, [15, 0]).await;
    for (at, told, given) in [
        (start, vec![], vec![1, 2, 3, 14, 15, 0]),
        (kept[2], vec![], vec![14, 15, 0]),
        (lost[0], vec![Standing::Rewound], vec![14, 15, 0]),
        (lost[1], vec![Standing::Rewound], vec![14, 15, 0]),
    ] {
        let diary = follow(log, &room(), at).await;
        assert_eq!(diary.gaps, told, "from {at}");
        assert_eq!(diary.numbers, given, "from {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_a_cluster_lost_is_told_once_to_who_saw_it() {
    let Some(cluster) = RedisCluster::start(1, &RedisSettings::default()) else {
        return;
    };
    let log = cluster_log(&cluster).await;
    let slot = cluster.slot_of("{sse:room}");
    let primary = cluster.primary_of(slot);
    let put_out = || put_out_replicas(cluster.node(primary));
    let fail_over = || {
        cluster.node(primary).kill();
        cluster.failed_over(slot, primary);
    };
    a_lost_tail_is_seen(&log, put_out, fail_over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_that_was_lost_when_sentinels_chose_another_is_told_once_to_who_saw_it() {
    let Some(sentinel) = Sentinel::start(&RedisSettings::default()) else {
        return;
    };
    let log = sentinel_log(&sentinel).await;
    let put_out = || put_out_replicas(&sentinel.nodes()[0]);
    let fail_over = || {
        sentinel.nodes()[0].kill();
        sentinel.failed_over(0);
    };
    a_lost_tail_is_seen(&log, put_out, fail_over).await;
}

/// A primary that was asked to step down keeps its connections: it answers that it may not write.
#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_steps_down_is_left_for_the_one_that_sentinels_name() {
    let Some(sentinel) = Sentinel::start(&RedisSettings::default()) else {
        return;
    };
    let log = sentinel_log(&sentinel).await;
    append(&log, [1]).await;
    block_in_place(|| sentinel.fail_over());
    let place = append_when_it_can(&log, 2).await;
    assert_eq!(place.seq(), 2);
    until_serving(&log).await;
    let role: String = sentinel.nodes()[1].ask("INFO replication");
    assert!(role.contains("role:master"));
    assert!(sentinel.nodes()[1].ask::<usize>("EXISTS {sse:room}:log") > 0);
}
