//! What a scrape says of a log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use ::metrics::LocalRecorderGuard;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::server::Fault;
use super::*;

/// In place of the one recorder that a process can have, on this thread.
struct Recorder {
    handle: PrometheusHandle,
    _guard: LocalRecorderGuard<'static>,
}

impl Recorder {
    fn start() -> Self {
        let recorder = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
        Self {
            handle: recorder.handle(),
            _guard: ::metrics::set_default_local_recorder(recorder),
        }
    }

    /// The value of a series, with its labels but for the engine.
    #[track_caller]
    fn value(&self, name: &str, labels: &str) -> f64 {
        let series = format!("{name}{{engine=\"memory\"{labels}}} ");
        let scrape = self.handle.render();
        let value = scrape.lines().find_map(|line| line.strip_prefix(&series));
        let value = value.unwrap_or_else(|| panic!("no {series} in {scrape}"));
        value.parse().unwrap()
    }

    #[track_caller]
    fn outcome(&self, name: &str, outcome: &str) -> f64 {
        self.value(name, &format!(",outcome=\"{outcome}\""))
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_and_what_becomes_of_it_is_counted() {
    let recorder = Recorder::start();
    let server = Server::new(Bounds::default());
    let node = <Node>::new(&server);
    append(&node, "a", "one").await;
    end_of(&node, "a").await;
    let reads = |outcome| recorder.outcome("sse_log_reads_total", outcome);
    let appends = |outcome| recorder.outcome("sse_log_appends_total", outcome);
    assert_eq!((reads("answered"), appends("written")), (1.0, 1.0));

    server.fail(Some(Fault::Unreadable));
    node.extent(&channel("a")).await.unwrap_err();
    server.fail(Some(Fault::Unavailable));
    node.extent(&channel("a")).await.unwrap_err();
    let record = Record::new(b"data: two\n").unwrap();
    node.append(&channel("a"), &record).await.unwrap_err();
    server.fail(None);
    node.end(&channel("a"), None).await.unwrap();
    node.append(&channel("a"), &record).await.unwrap_err();
    assert_eq!((reads("unreadable"), reads("unavailable")), (1.0, 1.0));
    assert_eq!((appends("refused"), appends("ended")), (1.0, 1.0));
    let took = |what| recorder.value(&format!("sse_log_append_duration_seconds_{what}"), "");
    assert_eq!(took("count"), 4.0);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_memory_and_how_it_stands_is_told_until_the_log_is_dropped() {
    let recorder = Recorder::start();
    let server = Server::new(Bounds::default());
    let (node, other) = (<Node>::new(&server), <Node>::new(&server));
    let watch = node.watch(&channels(["a"]));
    settle().await;
    append(&node, "a", "one").await;
    append(&other, "a", "two").await;
    rounds(1).await;
    let held = || recorder.value("sse_log_held_bytes", "");
    let impaired = || recorder.value("sse_log_impaired", "");
    assert_eq!(held(), node.mirrors.held() as f64);
    assert!(held() > 0.0);
    assert_eq!(impaired(), 0.0);

    server.fail(Some(Fault::Unavailable));
    node.extent(&channel("b")).await.unwrap_err();
    other.extent(&channel("b")).await.unwrap_err();
    rounds(1).await;
    assert_eq!(impaired(), 2.0);
    drop((node, other, watch));
    settle().await;
    assert_eq!((held(), impaired()), (0.0, 0.0));
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_was_lost_is_counted() {
    let recorder = Recorder::start();
    let server = Server::new(Bounds::default());
    let node = <Node>::new(&server);
    let _watch = node.watch(&channels(["a"]));
    settle().await;
    let lost = || recorder.value("sse_log_lost_hints_total", "");
    append(&<Node>::new(&server), "a", "one").await;
    rounds(3).await;
    assert_eq!(lost(), 0.0);
    server.loses_hints.store(true, Ordering::Relaxed);
    append(&<Node>::new(&server), "a", "two").await;
    rounds(3).await;
    assert_eq!(lost(), 1.0);
}

#[tokio::test(start_paused = true)]
async fn every_metric_of_a_log_and_every_outcome_is_documented() {
    const PAGE: &str = include_str!("../../../guide/operating.md");
    let recorder = Recorder::start();
    let node = <Node>::new(&Server::new(Bounds::default()));
    append(&node, "a", "one").await;

    let rows = PAGE.lines().filter(|line| line.starts_with("| `sse_log_"));
    let mut documented = BTreeMap::<_, BTreeSet<_>>::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim()).collect();
        let values = documented.entry(cells[1].trim_matches('`').to_owned());
        let values = values.or_default();
        match cells[2] {
            kind @ ("counter" | "gauge" | "histogram") => {
                values.insert(format!("{kind} by {}", cells[3].replace('`', "")))
            }
            outcome => values.insert(outcome.trim_matches('`').to_owned()),
        };
    }

    let scrape = recorder.handle.render();
    let mut exist = BTreeMap::<_, BTreeSet<_>>::new();
    for line in scrape.lines() {
        if let Some((name, kind)) = line
            .strip_prefix("# TYPE ")
            .and_then(|it| it.split_once(' '))
        {
            // Without buckets the exporter renders a histogram as a summary.
            let kind = kind.replace("summary", "histogram");
            let of = |line: &&str| line.starts_with(&format!("{name}{{"));
            let has_outcome = { scrape.lines().filter(of) }.any(|it| it.contains("outcome="));
            let labels = if has_outcome {
                "engine, outcome"
            } else {
                "engine"
            };
            let values = exist.entry(name.to_owned()).or_default();
            values.insert(format!("{kind} by {labels}"));
        } else if let Some((name, rest)) = line.split_once('{')
            && let Some((_, outcome)) = rest.split_once("outcome=\"")
        {
            let outcome = outcome.split('"').next().unwrap();
            let values = exist.entry(name.to_owned()).or_default();
            values.insert(outcome.to_owned());
        }
    }
    assert_eq!(documented, exist);
}
