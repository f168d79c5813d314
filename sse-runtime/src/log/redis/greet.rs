//! Whether a server is one that a log can use: by having it do what a log has it do, with names that
//! belong to no channel. So what it lacks is found when a program starts, not with the first event.

use std::sync::Arc;
use std::time::Duration;

use ::redis::Value;

use super::super::remote::Write;
use super::super::{Condition, ConnectError, IdempotencyKey, Record};
use super::RedisOptions;
use super::engine::{append, candidate, ms};
use super::fault::Fault;
use super::link::Link;
use super::names::Names;
use super::script::{Call, EXTENT, READ};
use super::tending::Connected;

const OLDEST: u32 = 7;

pub(super) async fn greet(
    names: &Names,
    options: &RedisOptions,
    link: &Link,
    connected: &[Connected],
) -> Result<(), ConnectError> {
    let address = connected.iter().map(|it| it.shard.server.address());
    let address = address.collect::<Vec<_>>().join(",");
    let greeted = async {
        link.ask(&names.of_none().meta(), &::redis::cmd("PING"), 0)
            .await?;
        is_new_enough(names, link).await?;
        reads_and_writes(names, options, link).await?;
        hears(names, link, connected).await
    };
    greeted.await.map_err(|fault| match fault {
        Fault::NotAsked(_) | Fault::Unanswered(_) => ConnectError::Unreachable {
            address,
            source: fault.into(),
        },
        _ => ConnectError::Refused {
            address,
            source: fault.into(),
        },
    })
}

async fn is_new_enough(names: &Names, link: &Link) -> Result<(), Fault> {
    let mut command = ::redis::cmd("INFO");
    command.arg("server");
    let info = match link.ask(&names.of_none().meta(), &command, 0).await? {
        Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::VerbatimString { text, .. } => text,
        _ => return Err(Fault::Strange("what it is")),
    };
    // Valkey says which Redis it is like.
    let version = info
        .lines()
        .find_map(|line| line.strip_prefix("redis_version:"));
    let version = version.ok_or(Fault::Strange("its version"))?;
    let major = version.split('.').next().and_then(|it| it.parse().ok());
    match major {
        Some(OLDEST..) => Ok(()),
        _ => Err(Fault::Refused(format!(
            "its version is {version}; a log needs {OLDEST} or newer"
        ))),
    }
}

async fn reads_and_writes(names: &Names, options: &RedisOptions, link: &Link) -> Result<(), Fault> {
    let keys = names.of_none();
    let moment = Duration::from_millis(1);
    let briefly = options.clone().age(moment).idempotency_window(moment);
    // Of its own, or what another node did would be repeated.
    let key = candidate().to_string();
    let key = IdempotencyKey::new(&key).map_err(|_| Fault::Strange("a key"))?;
    // Invariant: one line that ends in LF is a record.
    let record = Record::new(b"data\n").map_err(|_| Fault::Strange("a record"))?;
    let write = Write {
        records: &[record],
        ends: false,
        condition: Some(Condition::Once(key)),
    };
    link.call(&append(&briefly, &keys, &write)).await?;
    let extent = Call::new(&EXTENT, vec![keys.log(), keys.meta()])
        .display(&ms(briefly.remembered()))
        .display(&candidate());
    link.call(&extent).await?;
    let read = Call::new(&READ, vec![keys.log(), keys.meta()])
        .text("1")
        .text("1")
        .text("1");
    link.call(&read).await?;
    Ok(())
}

async fn hears(names: &Names, link: &Link, connected: &[Connected]) -> Result<(), Fault> {
    let live = names.of_none().live();
    let shards = link.shards();
    let owner = shards.of(&live);
    let hearing = connected
        .iter()
        .find(|it| owner.is_some_and(|owner| Arc::ptr_eq(owner, &it.shard)))
        .ok_or(Fault::Strange("a server for each slot"))?;
    for name in ["SSUBSCRIBE", "SUNSUBSCRIBE"] {
        let mut command = ::redis::cmd(name);
        command.arg(&live);
        link.ask_over(&hearing.hearing.dialed, &command).await?;
    }
    Ok(())
}
