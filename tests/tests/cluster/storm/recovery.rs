//! How long readers need once something is whole again.

use std::sync::Arc;
use std::time::Duration;

use sse_runtime::log::EventLog;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::AT_LAST;
use super::crowd::Follower;
use crate::chronicle::Chronicle;
use crate::reader::Places;

/// What was broken and is whole again.
pub(crate) struct Repair {
    of: String,
    at: Instant,
}

impl Repair {
    /// Of what has just become whole.
    pub(crate) fn of(what: impl Into<String>) -> Self {
        Self {
            of: what.into(),
            at: Instant::now(),
        }
    }
}

/// How long it took after a repair until readers had what was in the log then.
pub(super) struct Recovery {
    pub(super) of: String,
    /// Of each reader, from the first to the last.
    pub(super) after: Vec<Duration>,
}

/// Of each repair, until there are no more.
pub(super) async fn watch_recoveries<L: EventLog>(
    mut repairs: mpsc::UnboundedReceiver<Repair>,
    chronicle: Arc<Mutex<Chronicle<L>>>,
    ends: Arc<Places>,
    readers: Vec<Follower>,
) -> Vec<Recovery> {
    let mut recoveries = JoinSet::new();
    while let Some(repair) = repairs.recv().await {
        while chronicle.lock().await.read_on().await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
        let ends = ends.snapshot();
        let mut readers = readers.clone();
        recoveries.spawn(async move {
            let mut after = Vec::new();
            while !readers.is_empty() && repair.at.elapsed() < AT_LAST {
                readers.retain(|reader| {
                    let is_behind = !reader.has_reached(&ends);
                    if !is_behind {
                        after.push(repair.at.elapsed());
                    }
                    is_behind
                });
                sleep(Duration::from_millis(10)).await;
            }
            after.extend(readers.iter().map(|_| Duration::MAX));
            (
                repair.at,
                Recovery {
                    of: repair.of,
                    after,
                },
            )
        });
    }
    let mut recoveries = recoveries.join_all().await;
    recoveries.sort_by_key(|(at, _)| *at);
    recoveries
        .into_iter()
        .map(|(_, recovery)| recovery)
        .collect()
}
