//! The job that drops what is too old: each node offers to do it, and the server lets one.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::link::Link;

/// How often a node offers it. The server decides when it is time for another round.
const EVERY: Duration = Duration::from_secs(10);

/// Between two steps of a round, so that it never is most of what the server does.
const REST: Duration = Duration::from_millis(50);

pub(super) async fn run(link: Arc<Link>, schema: String) -> Infallible {
    let retain = format!("select {schema}.sse_retain()");
    loop {
        // Where it fails, the link tells of it, or the next node or round does better.
        let answer = link.ask(&retain, &[]).await;
        let row = answer.ok().and_then(|rows| rows.into_iter().next());
        let has_more = row.is_some_and(|row| row.try_get(0).unwrap_or(false));
        sleep(match has_more {
            true => REST,
            false => EVERY.mul_f64(0.5 + fastrand::f64()),
        })
        .await;
    }
}
