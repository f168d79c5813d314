use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Client, TlsCertificates};
use tests::servers::{Acl, Append, Certificates, Redis, RedisSettings, Server};

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
        let client = Client::open(url).expect("a URL");
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

#[tokio::test]
async fn with_certificates_it_takes_tls_alone() {
    let certificates = Certificates::new();
    let settings = RedisSettings {
        tls: Some(certificates.clone()),
        ..RedisSettings::default()
    };
    let Some(redis) = start(settings) else { return };
    let connect = async |url: String, trusted: &Certificates| {
        let trusted = TlsCertificates {
            client_tls: None,
            root_cert: Some(trusted.authority().as_bytes().to_vec()),
        };
        let client = Client::build_with_tls(url, trusted)?;
        client.get_multiplexed_async_connection().await
    };
    assert!(connect(redis.url(), &certificates).await.is_ok());
    assert!(connect(redis.url(), &Certificates::new()).await.is_err());
    let plain = Client::open(redis.url().replace("rediss", "redis")).expect("a URL");
    assert!(plain.get_multiplexed_async_connection().await.is_err());
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

/// A test of its own process, which is killed in the middle of it: not run but by the next one.
#[test]
#[ignore = "it does not end"]
fn one_that_is_killed() {
    let redis = start(RedisSettings::default());
    let process = redis.as_ref().and_then(|redis| redis.daemon().id());
    println!("process {}", process.expect("it was there before"));
    std::thread::park();
}

#[test]
fn nothing_is_left_where_the_test_is_killed() {
    if start(RedisSettings::default()).is_none() {
        return;
    }
    let mut test = Command::new(std::env::current_exe().expect("it runs"))
        .args([
            "--ignored",
            "--exact",
            "redis::one_that_is_killed",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let output = BufReader::new(test.stdout.take().expect("it is piped"));
    let process = output.lines().find_map(|line| {
        let line = line.expect("text");
        let (_, process) = line.split_once("process ")?;
        Some(format!("/proc/{process}/exe"))
    });
    let process = process.expect("it says which process");
    assert!(fs::read_link(&process).is_ok(), "it runs");
    test.kill().expect("it runs");
    test.wait().expect("it has ended");
    let start = Instant::now();
    while fs::read_link(&process).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(10), "it is left");
        thread::sleep(Duration::from_millis(5));
    }
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
