//! In Redis: `{<namespace>:<channel>}:log` is a stream, `…:meta` a hash, `…:once:<key>` a text.

use std::collections::BTreeMap;

use redis::Connection;
use redis::cmd;
use sse_runtime::log::*;
use tests::servers::{Redis, RedisSettings};

use super::{RECORDS, after, held, is_of_a_format_to_come, records, room};

const LOG: &str = "{sse:rooms/1}:log";
const META: &str = "{sse:rooms/1}:meta";

async fn connected(fill: impl FnOnce(&mut Connection)) -> Option<(Redis, RedisLog)> {
    let redis = Redis::start(RedisSettings::default())?;
    fill(&mut redis.admin());
    let log = RedisLog::connect(&redis.url()).await;
    let log = log.expect("it can be reached");
    Some((redis, log))
}

fn meta(redis: &mut Connection, seq: u64, lives: &str) {
    let mut set = cmd("HSET");
    set.arg(META).arg("seq").arg(seq).arg("lives").arg(lives);
    set.arg("server")
        .arg("5a9e9d1c2c8f4a6f9d0d6b2f7c3e1a0b9c8d7e6f");
    set.exec(redis).expect("set");
}

fn add(redis: &mut Connection, id: &str, format: u8, key: Option<&str>, lines: &str) {
    let mut add = cmd("XADD");
    add.arg(LOG).arg(id).arg("f").arg(format);
    if let Some(key) = key {
        add.arg("k").arg(key);
    }
    add.arg("d").arg(lines).exec(redis).expect("added");
}

fn format_1(redis: &mut Connection, lives: &str) {
    meta(redis, 3, lives);
    for (n, (key, lines)) in (1..).zip(RECORDS) {
        add(redis, &format!("{n}-0"), 1, key, lines);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_format_1_in_redis_are_read_by_the_ids_that_they_had() {
    let fixture = connected(|redis| format_1(redis, "1bee5:0")).await;
    let Some((_redis, log)) = fixture else { return };
    let ids = ["1bee5-1", "1bee5-2", "1bee5-3"];
    for (id, seen) in [("1bee5-0", 0), ("1bee5-1", 1), ("1bee5-3", 3)] {
        let read = after(&log, id).await.expect("readable");
        assert_eq!(read, held(ids, seen));
    }
    // The life goes on: nobody who was there before the upgrade is told of a gap.
    let appended = log.append(&room(), &records()[0]).await.expect("appended");
    assert_eq!(appended.seq(), 4);
    let (standing, records) = after(&log, "1bee5-3").await.expect("readable");
    assert_eq!(standing, Standing::Contiguous);
    assert_eq!(records.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lives_that_redis_had_before_are_known() {
    let fixture = connected(|redis| format_1(redis, "1bee5:0 cafe:2")).await;
    let Some((_redis, log)) = fixture else { return };
    let ids = ["1bee5-1", "1bee5-2", "cafe-3"];
    let read = after(&log, "1bee5-2").await.expect("readable");
    assert_eq!(read, held(ids, 2));
    // What somebody saw of the first life, and the second does not hold.
    let (standing, _) = after(&log, "1bee5-3").await.expect("readable");
    assert_eq!(standing, Standing::Rewound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_redis_that_was_given_before_is_known() {
    let fixture = connected(|redis| {
        format_1(redis, "1bee5:0");
        let mut once = cmd("SET");
        once.arg("{sse:rooms/1}:once:order 4711").arg("1bee5 2 3");
        once.exec(redis).expect("set");
    });
    let Some((_redis, log)) = fixture.await else {
        return;
    };
    let key = IdempotencyKey::new("order 4711").expect("a key");
    let batch = &records()[1..];
    let appended = log.append_if(Condition::Once(key), &room(), batch).await;
    let appended = appended.expect("appended before");
    let places = ["1bee5-2", "1bee5-3"].map(|id| id.parse().expect("a place"));
    assert_eq!(appended.places, places);
    assert!(appended.is_repeated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_in_redis_of_a_format_to_come_is_an_error_that_names_it() {
    let fixture = connected(|redis| {
        meta(redis, 2, "1bee5:0");
        add(redis, "1-0", 1, None, RECORDS[0].1);
        add(redis, "2-0", 2, None, "nobody knows");
    });
    let Some((_redis, log)) = fixture.await else {
        return;
    };
    is_of_a_format_to_come(after(&log, "1bee5-1").await);
}

/// An older version reads this too, so it must not change without a new format.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_in_redis_is_format_1() {
    let Some((redis, log)) = connected(|_| ()).await else {
        return;
    };
    let key = IdempotencyKey::new("order 4711").expect("a key");
    let (once, room, records) = (Condition::Once(key), room(), records());
    let appended = log.append_if(once, &room, &records).await;
    let epoch = appended.expect("appended").places[0].epoch();

    let redis = &mut redis.admin();
    let entries: Vec<(String, Vec<String>)> = cmd("XRANGE")
        .arg(LOG)
        .arg("-")
        .arg("+")
        .query(redis)
        .expect("a stream");
    let should_be = (1..).zip(RECORDS).map(|(n, (key, lines))| {
        let key = key.map(|key| ["k", key]);
        let fields = [["f", "1"]].into_iter().chain(key).chain([["d", lines]]);
        (
            format!("{n}-0"),
            fields.flatten().map(str::to_owned).collect(),
        )
    });
    assert_eq!(entries, should_be.collect::<Vec<_>>());

    let mut meta: BTreeMap<String, String> = cmd("HGETALL").arg(META).query(redis).expect("a hash");
    assert_eq!(meta.remove("server").map(|it| it.len()), Some(40));
    let lives = format!("{epoch}:0");
    let should_be = [("lives", &*lives), ("seq", "3")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(meta, should_be.into());
    let once: String = cmd("GET")
        .arg("{sse:rooms/1}:once:order 4711")
        .query(redis)
        .expect("a text");
    assert_eq!(once, format!("{epoch} 1 3"));
}
