//! A server that comes back with all, with nothing, or without the newest.

use std::fs;
use std::path::Path;

use sse_runtime::log::*;
use tests::servers::{Append, Redis, Server};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_that_loses_nothing_is_told_to_nobody() {
    let redis = redis!(append: Append::Always);
    let log = log_of(&redis).await;
    let start = end(&log).await;
    let places = append(&log, 1..=3).await;
    redis.kill();
    redis.restart();
    let after = append_when_it_can(&log, 4).await;
    assert_ne!(after.epoch(), places[2].epoch(), "a new life has begun");
    for (index, place) in [start].iter().chain(&places).enumerate() {
        let page = read(&log, *place).await;
        assert_eq!(page.standing(), Standing::Contiguous, "{place}");
        assert_eq!(numbers(&page), (index as u64 + 1..=4).collect::<Vec<_>>());
        assert_eq!(page.next(), after);
    }
    // The same records have the same ids as before.
    let page = read(&log, start).await;
    let ids = page
        .runs()
        .flat_map(Run::entries)
        .map(|entry| entry.cursor());
    assert_eq!(ids.collect::<Vec<_>>(), [&places[..], &[after]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_everything_begins_another_epoch() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let places = append(&log, 1..=3).await;
    redis.kill();
    redis.restart();
    until_serving(&log).await;
    for place in [places[0], places[2]] {
        let page = read(&log, place).await;
        assert_eq!(page.standing(), Standing::UnknownEpoch);
        assert!(page.is_empty());
    }
    // Also once as many records are there as before.
    append(&log, 11..=13).await;
    for place in places {
        assert_eq!(read(&log, place).await.standing(), Standing::UnknownEpoch);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_flushed_is_not_taken_for_what_comes_after() {
    let redis = redis!();
    let log = log_of(&redis).await;
    let start = end(&log).await;
    let places = append(&log, 1..=3).await;
    let () = redis.ask("FLUSHALL");
    for place in [start, places[0], places[2]] {
        let page = read(&log, place).await;
        assert_eq!(page.standing(), Standing::UnknownEpoch, "{place}");
    }
    let end = read(&log, start).await.next();
    append(&log, 11..=13).await;
    assert_eq!(numbers(&read(&log, end).await), [11, 12, 13]);
    assert_eq!(
        read(&log, places[2]).await.standing(),
        Standing::UnknownEpoch
    );
}

/// What is in its directory of what it keeps.
fn snapshot(redis: &Redis, to: &Path) {
    copy(&redis.daemon().directory().join("appendonlydir"), to);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_saw_a_tail_that_was_lost_is_told_and_nobody_else() {
    let redis = redis!(append: Append::Always);
    let log = log_of(&redis).await;
    let start = end(&log).await;
    let kept = append(&log, 1..=3).await;
    let older = tempfile::tempdir().unwrap();
    snapshot(&redis, older.path());
    let lost = append(&log, 4..=5).await;
    redis.kill();
    copy(
        older.path(),
        &redis.daemon().directory().join("appendonlydir"),
    );
    redis.restart();

    // The same numbers are given again.
    let new = append_when_it_can(&log, 14).await;
    assert_eq!(new.seq(), lost[0].seq());
    append(&log, 15..=16).await;
    for place in [start, kept[0], kept[2]] {
        let page = read(&log, place).await;
        assert_eq!(page.standing(), Standing::Contiguous, "{place}");
        assert_eq!(numbers(&page).last(), Some(&16));
    }
    for place in lost {
        let page = read(&log, place).await;
        assert_eq!(page.standing(), Standing::Rewound, "{place}");
        // They go on with what came instead of it.
        assert!(page.is_empty());
        assert_eq!(numbers(&read(&log, page.next()).await), [14, 15, 16]);
    }
}

/// Waits until the replica has all that the primary has.
async fn in_step(primary: &Redis, replica: &Redis) {
    let offset = |redis: &Redis, field| {
        let info: String = redis.ask("INFO replication");
        let line = info.lines().find_map(|line| line.strip_prefix(field));
        line.map(str::to_owned)
    };
    until("the replica has all", async || {
        let is_up = offset(replica, "master_link_status:").as_deref() == Some("up");
        let has = offset(replica, "slave_repl_offset:");
        is_up && has == offset(primary, "master_repl_offset:")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lagged_and_was_promoted_is_another_life() {
    let one = redis!();
    let two = redis!(replica_of: Some(one.address()));
    let log = log_of(&one).await;
    let kept = append(&log, 1..=3).await;
    in_step(&one, &two).await;
    let () = two.ask("REPLICAOF NO ONE");
    let lost = append(&log, 4..=5).await;

    let log = log_of(&two).await;
    let second = append(&log, 14..=16).await;
    for place in lost {
        let page = read(&log, place).await;
        assert_eq!(page.standing(), Standing::Rewound, "{place}");
        assert_eq!(numbers(&read(&log, page.next()).await), [14, 15, 16]);
    }
    // And back, this time without losing anything.
    let () = one.ask(&format!("REPLICAOF 127.0.0.1 {}", two.address().port()));
    in_step(&two, &one).await;
    let () = one.ask("REPLICAOF NO ONE");
    let log = log_of(&one).await;
    let third = append(&log, [27]).await[0];
    for place in kept.into_iter().chain(second) {
        let page = read(&log, place).await;
        assert_eq!(page.standing(), Standing::Contiguous, "{place}");
        assert_eq!(page.next(), third);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_before_anything_replaced_a_lost_tail_is_ahead() {
    let redis = redis!(append: Append::Always);
    let log = log_of(&redis).await;
    append(&log, 1..=3).await;
    let older = tempfile::tempdir().unwrap();
    snapshot(&redis, older.path());
    let lost = append(&log, [4]).await[0];
    redis.kill();
    copy(
        older.path(),
        &redis.daemon().directory().join("appendonlydir"),
    );
    redis.restart();
    until_serving(&log).await;
    let page = read(&log, lost).await;
    assert_eq!(page.standing(), Standing::Ahead);
    let new = append(&log, [14]).await[0];
    let page = read(&log, page.next()).await;
    assert_eq!((numbers(&page), page.next()), (vec![14], new));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_restarts_the_newest_are_remembered() {
    let redis = redis!(append: Append::Always);
    let log = log_of(&redis).await;
    let mut places = append(&log, [0]).await;
    for n in 1..=18 {
        redis.kill();
        redis.restart();
        places.push(append_when_it_can(&log, n).await);
    }
    for (life, place) in places.into_iter().enumerate() {
        let standing = read(&log, place).await.standing();
        let should_be = match life {
            0..3 => Standing::UnknownEpoch,
            _ => Standing::Contiguous,
        };
        assert_eq!(standing, should_be, "life {life}");
    }
}
