//! A server that can be asked, and refuses: nothing was written, the reason is told, and it goes on when
//! it can.

use sse_runtime::log::*;
use tests::servers::{Acl, Append, Disk, Redis, RedisSettings, Server};

use crate::support::*;

/// Refused, for a reason that is told; what is there is still read; and it goes on after `cure`.
async fn is_refused(log: &RedisLog, code: &str, cure: impl FnOnce()) {
    let start = end(log).await;
    let error = try_append(log, 2).await.unwrap_err();
    assert!(matches!(error, AppendError::Refused(_)), "{error:?}");
    assert!(
        with_causes(&error).contains(code),
        "{}",
        with_causes(&error)
    );
    assert_eq!(end(log).await, start, "nothing was written");
    assert_eq!(
        numbers(&read(log, Cursor::new(start.epoch(), 0)).await),
        [1]
    );
    cure();
    assert_eq!(append_when_it_can(log, 2).await.seq(), start.seq() + 1);
    assert_eq!(numbers(&read(log, start).await), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_memory_nothing_is_written() {
    let redis = redis!();
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    let () = redis.ask("CONFIG SET maxmemory 1");
    is_refused(&log, "OOM", || redis.ask("CONFIG SET maxmemory 0")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_for_the_append_only_file_refuses_until_there_is() {
    let Some(disk) = Disk::of_mib(4) else { return };
    let redis = redis!(lines: vec!["enable-protected-configs yes".to_owned()]);
    let log = log_of(&redis).await;
    let mut watch = watch(&log);
    let () = redis.ask(&format!("CONFIG SET dir {}", disk.path().display()));
    let () = redis.ask("CONFIG SET appendonly yes");
    until("the file is begun", async || {
        let info: String = redis.ask("INFO persistence");
        info.contains("aof_rewrite_in_progress:0") && info.contains("aof_rewrite_scheduled:0")
    })
    .await;
    append(&log, [1]).await;
    disk.fill();
    let mut appended = vec![1];
    let error = loop {
        let n = appended.len() as u64 + 1;
        match try_append(&log, n).await {
            Ok(_) => appended.push(n),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, AppendError::Refused(_)), "{error:?}");
    let why = with_causes(&error);
    assert!(why.contains("No space left on device"), "{why}");
    assert!(impairment(&log).await.contains("No space left on device"));
    assert_eq!(all(&log).await, appended);

    disk.make_room();
    appended.push(u64::MAX);
    append_when_it_can(&log, u64::MAX).await;
    hint(&mut watch).await;
    assert_eq!(all(&log).await, appended);
    until_serving(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_for_a_snapshot_refuses() {
    let redis = redis!();
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    let mut saves = ::redis::cmd("CONFIG");
    saves.arg(&["SET", "save", "3600 1000000"]);
    let () = saves.query(&mut redis.admin()).unwrap();
    // A snapshot cannot be written to a file that is a directory.
    let taken = redis.daemon().directory().join("dump.rdb");
    std::fs::create_dir(&taken).unwrap();
    std::fs::write(taken.join("file"), "").unwrap();
    let _: String = redis.ask("BGSAVE");
    until("the snapshot has failed", async || {
        let info: String = redis.ask("INFO persistence");
        info.contains("rdb_last_bgsave_status:err")
    })
    .await;
    is_refused(&log, "MISCONF", || {
        redis.ask("CONFIG SET stop-writes-on-bgsave-error no")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_has_become_a_replica_refuses() {
    let redis = redis!();
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    let () = redis.ask("CONFIG SET replica-serve-stale-data yes");
    // Of nobody.
    let () = redis.ask("REPLICAOF 127.0.0.1 1");
    is_refused(&log, "READONLY", || redis.ask("REPLICAOF NO ONE")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_without_the_replicas_that_it_must_have_refuses() {
    let redis = redis!();
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    let () = redis.ask("CONFIG SET min-replicas-to-write 1");
    is_refused(&log, "NOREPLICAS", || {
        redis.ask("CONFIG SET min-replicas-to-write 0")
    })
    .await;
}

pub(crate) const RULES: &str = "~{sse:* &{sse:* +evalsha +eval +evalsha_ro +eval_ro +hmget +hset +info +unlink \
                     +pexpire +pttl +xadd +xrange +xlen +get +set +spublish +ssubscribe \
                     +sunsubscribe +ping ";

/// What Redis 7.0, and what Valkey 9.1 says of a command within a script.
const FORBIDDEN: [&str; 2] = ["can't run this command", "no permissions to run"];

fn is_forbidden(reason: &str) -> bool {
    FORBIDDEN.iter().any(|it| reason.contains(it))
}

pub(crate) fn acl(rules: &str) -> Option<Acl> {
    Some(Acl {
        user: "sse".into(),
        password: "secret".into(),
        rules: rules.into(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_may_what_the_docs_say_may_do_all() {
    let redis = redis!(acl: acl(RULES));
    let log = log_of(&redis).await;
    let report = conformance::check(&log).await;
    assert!(report.is_conformant(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_may_not_is_found_when_the_log_is_connected() {
    for command in RULES.split(' ').filter_map(|rule| rule.strip_prefix('+')) {
        let redis = redis!(acl: acl(&RULES.replace(&format!(" +{command} "), " ")));
        let error = options().connect(&redis.url()).await.expect_err(command);
        assert!(
            matches!(error, ConnectError::Refused { .. }),
            "{command}: {error:?}"
        );
        let reason = with_causes(&error);
        let is_named = reason.contains("NOPERM") || is_forbidden(&reason);
        assert!(is_named, "{command}: {reason}");
        assert!(!reason.contains("secret"), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forbidden_after_a_write_may_be_written() {
    let redis = redis!(acl: acl(RULES));
    let log = log_of(&redis).await;
    append(&log, [1]).await;
    let () = redis.ask("ACL SETUSER sse -spublish");
    let error = try_append(&log, 2).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    assert!(
        is_forbidden(&with_causes(&error)),
        "{}",
        with_causes(&error)
    );
    assert_eq!(end(&log).await.seq(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_no_server_for_a_log() {
    let primary = redis!();
    let settings = RedisSettings {
        replica_of: Some(primary.address()),
        append: Append::No,
        ..RedisSettings::default()
    };
    let Some(replica) = Redis::start(settings) else {
        return;
    };
    let error = options().connect(&replica.url()).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}
