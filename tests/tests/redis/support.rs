//! A server, logs of it, and words for what tests do with them.

use std::time::Duration;

use sse_runtime::log::{RedisLog, RedisOptions};
pub(crate) use tests::logs::*;
use tests::servers::{Redis, RedisCluster, Sentinel};
pub(crate) use tests::with_causes;

/// Starts a server, or ends the test where there is none.
macro_rules! redis {
    ($($field:ident: $value:expr),* $(,)?) => {
        match tests::servers::Redis::start(tests::servers::RedisSettings {
            $($field: $value,)*
            ..tests::servers::RedisSettings::default()
        }) {
            Some(redis) => redis,
            None => return,
        }
    };
}
pub(crate) use redis;

pub(crate) fn options() -> RedisOptions {
    RedisOptions::default().timeout(Duration::from_millis(500))
}

pub(crate) async fn log_of(redis: &Redis) -> RedisLog {
    options().connect(&redis.url()).await.unwrap()
}

pub(crate) async fn cluster_log(cluster: &RedisCluster) -> RedisLog {
    options().connect(&cluster.url()).await.unwrap()
}

pub(crate) async fn sentinel_log(sentinel: &Sentinel) -> RedisLog {
    // For looking up the primary, too.
    let patient = options().timeout(Duration::from_secs(2));
    patient.connect(&sentinel.url()).await.unwrap()
}
