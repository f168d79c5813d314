use tests::servers::{Acl, Append, Redis, RedisSettings, Server};

use crate::{leaves_nothing, listens, panics};

fn start(settings: RedisSettings) -> Option<Redis> {
    Redis::start(settings)
}

#[test]
fn with_a_file_it_keeps_its_data_over_a_crash() {
    let settings = RedisSettings {
        append: Append::Always,
        ..RedisSettings::default()
    };
    let Some(redis) = start(settings) else { return };
    let address = redis.address();
    redis.ask::<()>("SET a 1");
    redis.kill();
    assert!(!listens(&redis));
    redis.restart();
    assert_eq!(redis.ask::<u8>("GET a"), 1);
    redis.ask::<()>("SET a 2");
    redis.restart();
    assert_eq!(redis.ask::<u8>("GET a"), 2);
    assert_eq!(redis.address(), address);
}

#[test]
fn without_a_file_it_forgets() {
    let Some(redis) = start(RedisSettings::default()) else {
        return;
    };
    redis.ask::<()>("SET a 1");
    redis.restart();
    assert_eq!(redis.ask::<Option<u8>>("GET a"), None);
}

#[tokio::test]
async fn it_asks_for_the_password_of_its_user() {
    let settings = RedisSettings {
        password: Some("of-all".to_owned()),
        acl: Some(Acl {
            user: "node".to_owned(),
            password: "of-node".to_owned(),
            rules: "~sse:* +get".to_owned(),
        }),
        ..RedisSettings::default()
    };
    let Some(redis) = start(settings) else { return };
    let connect = |url: String| async move {
        let client = redis::Client::open(url).expect("a URL");
        client.get_multiplexed_async_connection().await
    };
    let mut node = connect(redis.url()).await.expect("its password is right");
    let get = redis::cmd("GET").arg("sse:a").exec_async(&mut node).await;
    assert_eq!(get.map_err(|error| error.to_string()), Ok(()));
    let get = redis::cmd("GET").arg("a").exec_async(&mut node).await;
    let error = get.expect_err("it may not");
    assert_eq!(error.code(), Some("NOPERM"), "{error}");
    let wrong = redis.url().replace("of-node", "of-nobody");
    assert!(connect(wrong).await.is_err());
}

#[test]
fn nothing_is_left_of_it() {
    let Some(redis) = start(RedisSettings::default()) else {
        return;
    };
    leaves_nothing(redis, drop);
    let redis = start(RedisSettings::default()).expect("it was there before");
    leaves_nothing(redis, panics);
}

#[test]
fn the_log_says_why_it_does_not_start() {
    let settings = RedisSettings {
        lines: vec!["no-such-directive 1".to_owned()],
        ..RedisSettings::default()
    };
    let started = std::panic::catch_unwind(|| start(settings).is_some());
    match started {
        Ok(started) => assert!(!started, "it starts with a directive that is none"),
        Err(why) => {
            let why = why.downcast_ref::<String>().expect("a message");
            assert!(why.contains("no-such-directive"), "{why}");
        }
    }
}
