//! A recorder for Prometheus, and what it is read as.

use std::collections::BTreeMap;

use metrics::LocalRecorderGuard;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Records what happens on this thread, in place of the one recorder that a process can have.
pub(crate) struct Recorder {
    handle: PrometheusHandle,
    _guard: LocalRecorderGuard<'static>,
}

impl Recorder {
    pub(crate) fn start() -> Self {
        let recorder = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
        Self {
            handle: recorder.handle(),
            _guard: metrics::set_default_local_recorder(recorder),
        }
    }

    pub(crate) fn handle(&self) -> PrometheusHandle {
        self.handle.clone()
    }

    pub(crate) fn scrape(&self) -> Scrape {
        Scrape::of(&self.handle.render())
    }
}

/// The text of a scrape, read.
#[derive(Debug)]
pub(crate) struct Scrape {
    /// The type of each metric.
    pub(crate) types: BTreeMap<String, String>,
    pub(crate) series: Vec<Series>,
}

#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    value: f64,
}

impl Scrape {
    pub(crate) fn of(text: &str) -> Self {
        let types = text.lines().filter_map(|line| {
            let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
            Some((name.to_owned(), kind.to_owned()))
        });
        let series = text.lines().filter(|line| line.starts_with("sse_"));
        Self {
            types: types.collect(),
            series: series.map(Series::of).collect(),
        }
    }

    /// The value of the one series of that name which has these labels.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |series: &&Series| {
            let mut wanted = labels.iter();
            series.name == name
                && wanted
                    .all(|(label, value)| series.labels.get(*label).is_some_and(|it| it == value))
        };
        let mut found = self.series.iter().filter(has);
        let series = found
            .next()
            .unwrap_or_else(|| panic!("no {name} {labels:?} in {self:#?}"));
        assert!(found.next().is_none(), "{name} {labels:?} is several");
        series.value
    }

    /// Of the values of one label of a metric, those that were counted, and how often.
    pub(crate) fn counted(&self, name: &str, endpoint: &str, label: &str) -> BTreeMap<&str, f64> {
        let of_endpoint = |series: &&Series| {
            series.name == name
                && series
                    .labels
                    .get("endpoint")
                    .is_some_and(|it| it == endpoint)
        };
        let counted = self.series.iter().filter(of_endpoint);
        let counted = counted.map(|series| (series.labels[label].as_str(), series.value));
        counted.filter(|(_, value)| *value > 0.0).collect()
    }
}

impl Series {
    /// `name{label="value",other="value"} 1`
    fn of(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = series.split_once('{').expect("labels");
        let labels = labels
            .strip_suffix('}')
            .expect("the end of the labels")
            .split(',');
        let labels = labels.map(|label| {
            let (label, value) = label.split_once('=').expect("a value of a label");
            (label.to_owned(), value.trim_matches('"').to_owned())
        });
        Self {
            name: name.to_owned(),
            labels: labels.collect(),
            value: value.parse().expect("a number"),
        }
    }
}
