//! The suite, and that it finds what it looks for.

use sse_runtime::log::conformance::{Finding, Outcome, check};
use sse_runtime::log::*;

#[tokio::test(start_paused = true)]
async fn the_memory_log_lacks_nothing_and_holds_everything() {
    let report = check(&MemoryLog::default()).await;
    let holds = |finding: &Finding| *finding.outcome() == Outcome::Holds;
    assert!(report.findings().iter().all(holds), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_small_memory_log_holds_everything_too() {
    let log = MemoryLog::new(Bounds::default().events(200).bytes(16 * 1024).channels(1));
    // With room for one channel, what another one holds is gone: all else must hold.
    let report = check(&log).await;
    let broken = report.findings().iter().filter_map(|finding| {
        matches!(finding.outcome(), Outcome::Broken(_)).then_some(finding.property())
    });
    assert_eq!(
        broken.collect::<Vec<_>>(),
        ["channels_keep_their_records_apart"],
        "{report}"
    );
}

/// A memory log with something wrong with it.
struct Faulty {
    log: MemoryLog,
    properties: Properties,
    never_hints: bool,
}

struct FaultyWatch(Option<MemoryWatch>);

impl Watch for FaultyWatch {
    fn poll_changed(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Changed> {
        match &mut self.0 {
            Some(watch) => watch.poll_changed(cx),
            None => std::task::Poll::Pending,
        }
    }

    fn take_signal(&mut self) -> Option<Signal> {
        self.0.as_mut()?.take_signal()
    }
}

impl EventLog for Faulty {
    type Watch = FaultyWatch;

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<Cursor>, AppendError> {
        self.log.append_all(channel, records).await
    }

    async fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<Cursor, AppendError> {
        self.log.append(channel, record).await
    }

    async fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Appended, AppendError> {
        self.log.append_if(condition, channel, records).await
    }

    async fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> Result<Cursor, AppendError> {
        self.log.end(channel, last).await
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        self.log.read_after(channel, cursor, limit).await
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        self.log.extent(channel).await
    }

    fn watch(&self, channels: &Channels) -> FaultyWatch {
        FaultyWatch((!self.never_hints).then(|| self.log.watch(channels)))
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        self.log.signal(channel, record).await
    }

    fn properties(&self) -> Properties {
        self.properties
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_engine_says_that_it_lacks_is_reported_by_name() {
    let log = Faulty {
        log: MemoryLog::default(),
        properties: Property::ALL
            .into_iter()
            .fold(Properties::ALL, Properties::without),
        never_hints: false,
    };
    let report = check(&log).await;
    assert!(report.is_conformant(), "{report}");
    let lacking = report.findings().iter().filter_map(|finding| {
        let Outcome::Lacking(property) = finding.outcome() else {
            return None;
        };
        Some((finding.property(), *property))
    });
    let (conditions, lacking): (Vec<_>, Vec<_>) =
        lacking.partition(|(_, property)| *property == Property::Conditions);
    assert_eq!(conditions.len(), 11);
    assert_eq!(
        lacking,
        [
            ("numbers_have_no_holes", Property::DenseIds),
            (
                "the_number_of_what_was_missed_is_exact",
                Property::ExactMissed
            ),
            (
                "a_signal_reaches_who_watches_and_leaves_no_trace",
                Property::Signals
            ),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_never_hints_is_found_out() {
    let log = Faulty {
        log: MemoryLog::default(),
        properties: Properties::ALL,
        never_hints: true,
    };
    let report = check(&log).await;
    assert!(!report.is_conformant());
    let told = report.to_string();
    assert!(
        told.contains(
            "BROKEN   what_is_appended_after_watching_is_hinted: no hint came within 10s"
        ),
        "{told}"
    );
}
