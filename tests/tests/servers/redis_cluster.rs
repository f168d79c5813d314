use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use tests::servers::{RedisCluster, RedisSettings, Server};

async fn connect(cluster: &RedisCluster) -> ClusterConnection {
    let urls = cluster.nodes().iter().map(tests::servers::Redis::url);
    let client = ClusterClient::new(urls).expect("URLs");
    client.get_async_connection().await.expect("it answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_primary_has_a_third_of_the_slots() {
    let Some(cluster) = RedisCluster::start(0, &RedisSettings::default()) else {
        return;
    };
    let mut connection = connect(&cluster).await;
    for key in 0..300 {
        let set = redis::cmd("SET").arg(key).arg(1).to_owned();
        set.exec_async(&mut connection).await.expect("it is stored");
    }
    let sizes = cluster.nodes().iter().map(|node| node.ask("DBSIZE"));
    let sizes: Vec<u16> = sizes.collect();
    assert!(sizes.iter().all(|&size| size > 50), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<u16>(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_moves_with_its_keys() {
    let Some(cluster) = RedisCluster::start(0, &RedisSettings::default()) else {
        return;
    };
    let slot = cluster.slot_of("foo");
    assert_eq!(cluster.primary_of(slot), 2);
    cluster.node(2).ask::<()>("SET foo 1");
    cluster.move_slot(slot, 0);
    assert_eq!(cluster.primary_of(slot), 0);
    assert_eq!(cluster.node(0).ask::<u8>("GET foo"), 1);
}

#[test]
fn a_replica_takes_the_place_of_a_primary_that_crashed() {
    let Some(cluster) = RedisCluster::start(1, &RedisSettings::default()) else {
        return;
    };
    let slot = cluster.slot_of("foo");
    cluster.node(2).ask::<()>("SET foo 1");
    assert_eq!(cluster.node(2).ask::<u8>("WAIT 1 10000"), 1);
    cluster.node(2).kill();
    cluster.failed_over(slot, 2);
    assert_eq!(cluster.primary_of(slot), 5);
    assert_eq!(cluster.node(5).ask::<u8>("GET foo"), 1);
}
