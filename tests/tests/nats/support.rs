//! A server, logs of it, and words for what tests do with them.

use async_nats::jetstream;
use sse_runtime::log::{EventLog, Health, NatsLog, NatsOptions};
pub(crate) use tests::logs::{
    PATIENCE, all, append, append_if, append_when_it_can, end, eventually, hint, impairment,
    numbers, read, room, try_append, watch,
};
use tests::servers::Nats;
pub(crate) use tests::with_causes;

/// Starts a server, or ends the test where there is none.
macro_rules! nats {
    ($($field:ident: $value:expr),* $(,)?) => {
        match tests::servers::Nats::start(tests::servers::NatsSettings {
            $($field: $value,)*
            ..tests::servers::NatsSettings::default()
        }) {
            Some(nats) => nats,
            None => return,
        }
    };
}
pub(crate) use nats;

pub(crate) fn options() -> NatsOptions {
    NatsOptions::default()
}

pub(crate) async fn log_of(nats: &Nats) -> NatsLog {
    options().connect(&nats.url()).await.unwrap()
}

/// A client that is none of ours.
pub(crate) async fn stranger(nats: &Nats) -> jetstream::Context {
    jetstream::new(async_nats::connect(nats.url()).await.unwrap())
}

/// Asks, too: a question that was not answered is told of until another one is.
pub(crate) async fn until_serving(log: &NatsLog) {
    eventually(async || {
        log.extent(&room()).await.ok()?;
        (log.health() == Health::Serving).then_some(())
    })
    .await;
}
