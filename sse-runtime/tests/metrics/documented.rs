//! The page on operating a server names what there is, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use sse_runtime::Settings;

use crate::scrape::{Recorder, Scrape};
use crate::server::Server;

const PAGE: &str = include_str!("../../src/guide/operating.md");

const TYPES: [&str; 3] = ["gauge", "counter", "histogram"];

/// The cells of its tables of metrics, without the marks of code; but for those of logs on the network,
/// which are tested where there is one without a server.
fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `sse_"));
    let rows = rows.filter(|line| !line.starts_with("| `sse_log_"));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`')).collect()
    })
}

/// A scrape of a server whose endpoints and hub have been used.
async fn scrape() -> Scrape {
    let recorder = Recorder::start();
    let server = Server::start(&recorder, Settings::new()).await;
    let mut client = server.get("/ticks?channel=c").await;
    client.read_until("id: ").await;
    server.scrape().await
}

#[tokio::test]
async fn every_metric_is_documented_with_its_type_and_labels() {
    let metrics = rows().filter(|row| TYPES.contains(&row[1]));
    let documented = metrics.map(|row| {
        let labels = row[2].split(", ").map(|label| label.trim_matches('`'));
        (row[0].to_owned(), (row[1], labels.collect::<BTreeSet<_>>()))
    });
    let scrape = scrape().await;
    let exist = scrape.types.iter().map(|(name, kind)| {
        // Without buckets the exporter renders a histogram as a summary, which has quantiles.
        let kind = match kind.as_str() {
            "summary" => "histogram",
            kind => kind,
        };
        let mut series = scrape.series.iter();
        let series = series.find(|series| series.name.starts_with(name));
        let labels = series.expect("a series").labels.keys().map(String::as_str);
        let labels = labels.filter(|label| *label != "quantile");
        (name.clone(), (kind, labels.collect()))
    });
    assert_eq!(
        documented.collect::<BTreeMap<_, _>>(),
        exist.collect::<BTreeMap<_, _>>()
    );
}

#[tokio::test]
async fn every_value_of_a_label_is_documented() {
    let mut documented = BTreeMap::<_, BTreeSet<_>>::new();
    for row in rows().filter(|row| !TYPES.contains(&row[1])) {
        let values = documented.entry(row[0].to_owned()).or_default();
        assert!(values.insert(row[1]), "{row:?} is there twice");
    }
    let scrape = scrape().await;
    let mut exist = BTreeMap::<_, BTreeSet<_>>::new();
    for series in &scrape.series {
        for (label, value) in &series.labels {
            if !["endpoint", "quantile"].contains(&label.as_str()) {
                let values = exist.entry(series.name.clone()).or_default();
                values.insert(value.as_str());
            }
        }
    }
    assert_eq!(documented, exist);
}
