//! An engine that has forgotten everything.

use std::time::Duration;

use reqwest::Client;
use sse_runtime::client::GapReason;
use tokio::time::Instant;

use crate::ask::{self, number};
use crate::cluster::{Cluster, Engine};
use crate::tap::{Came, Tap};

const READERS: usize = 40;
const CHANNELS: usize = 4;

/// What was published before and is gone, and what is published after it: more than before, so that
/// numbers alone would not tell.
const OLD: u64 = 20;
const NEW: u64 = 50;

/// Every reader is told of it once, and then gets what is new and nothing else: those who were there,
/// those who come back before anything new was published, and those who come back after.
pub(crate) async fn is_told_to_all<E: Engine>(flush: impl FnOnce(&E)) {
    let Some(cluster) = Cluster::<E>::start(1_000).await else {
        return;
    };
    let http = Client::new();
    let nodes = cluster.entrances.all();
    let names: Vec<_> = (0..CHANNELS).map(|n| format!("flushed-{n}")).collect();
    let channel = |reader: usize| std::slice::from_ref(&names[reader % CHANNELS]);
    let node = |reader: usize| &nodes[reader / CHANNELS % 2];
    let soon = || Instant::now() + Duration::from_secs(20);
    let mut readers = Vec::new();
    for n in 0..READERS {
        readers.push(Tap::open(&http, node(n), channel(n), "").await);
    }
    for n in 0..OLD {
        for name in &names {
            let published = ask::publish(&http, &nodes[n as usize % 2], &number(name, 0, n)).await;
            published.expect("the engine is there");
        }
    }
    for reader in &mut readers {
        for n in 0..OLD {
            let came = reader.next(soon()).await;
            assert!(
                matches!(&came, Some(Came::Number(it)) if it.n == n),
                "{came:?}"
            );
        }
    }
    // Half of them are away during it.
    let away: Vec<_> = readers
        .split_off(READERS / 2)
        .into_iter()
        .map(|it| it.id)
        .collect();
    let (first, second) = away.split_at(READERS / 4);

    flush(&cluster.engine);
    for (n, id) in first.iter().enumerate() {
        readers.push(Tap::open(&http, node(n), channel(READERS / 2 + n), id).await);
    }
    for n in 0..NEW {
        for name in &names {
            let published = ask::publish(&http, &nodes[n as usize % 2], &number(name, 1, n)).await;
            published.expect("the engine is there");
        }
    }
    for (n, id) in second.iter().enumerate() {
        readers.push(Tap::open(&http, node(n), channel(3 * READERS / 4 + n), id).await);
    }
    for (n, reader) in readers.iter_mut().enumerate() {
        let told = reader.next(soon()).await;
        let is_reset = matches!(&told, Some(Came::Gap(gap)) if gap.reason() == GapReason::Reset);
        assert!(is_reset, "reader {n}: {told:?}");
        for new in 0..NEW {
            let came = reader.next(soon()).await;
            let is_next =
                matches!(&came, Some(Came::Number(it)) if (it.publisher, it.n) == (1, new));
            assert!(is_next, "reader {n}: {came:?} in place of {new}");
        }
    }
    let a_while = Instant::now() + Duration::from_secs(2);
    for (n, reader) in readers.iter_mut().enumerate() {
        let more = reader.all(a_while).await;
        assert!(more.is_empty(), "reader {n}: {more:?}");
    }
}
