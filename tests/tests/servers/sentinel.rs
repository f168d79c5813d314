use tests::servers::{RedisSettings, Sentinel, Server};

#[test]
fn the_replica_takes_the_place_of_a_primary_that_crashed() {
    let settings = RedisSettings {
        password: Some("of-all".to_owned()),
        ..RedisSettings::default()
    };
    let Some(sentinel) = Sentinel::start(&settings) else {
        return;
    };
    assert_eq!(sentinel.primary(), 0);
    sentinel.nodes()[0].ask::<()>("SET a 1");
    assert_eq!(sentinel.nodes()[0].ask::<u8>("WAIT 1 10000"), 1);
    sentinel.nodes()[0].kill();
    sentinel.failed_over(0);
    assert_eq!(sentinel.nodes()[1].ask::<u8>("GET a"), 1);
    sentinel.nodes()[0].restart();
    sentinel.settle();
    assert_eq!(sentinel.primary(), 1);
    sentinel.fail_over();
    assert_eq!(sentinel.nodes()[0].ask::<u8>("GET a"), 1);
}
