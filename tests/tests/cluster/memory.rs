//! One node over a log in memory: what holds before anything is remote.

use std::sync::Arc;

use sse_runtime::Shutdown;
use sse_runtime::log::{Bounds, MemoryLog};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::entrances::Entrances;
use crate::storm::{self, Plan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_come_and_go_by_one_node_get_everything_once() {
    let plan = Plan::of_environment();
    let log = MemoryLog::new(Bounds::default().events(plan.kept as usize));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let served = log.clone();
    tokio::spawn(async move { tests::node::serve(listener, served, &Shutdown::new()).await });
    let entrances = Arc::new(Entrances::new([url]));
    let report = storm::rages(&plan, &entrances, log, |_| sleep(plan.lasts)).await;
    report.is_clean();
    assert!(report.gaps.told > 0, "nobody was away for too long");
}
