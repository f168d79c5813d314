//! Publishers and readers, all at once, whatever happens meanwhile; and what became of it.

mod crowd;
mod recovery;
mod report;

use std::env;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use sse_runtime::log::EventLog;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::chronicle::Chronicle;
use crate::entrances::Entrances;
use crate::reader::Places;
use crowd::{Crowd, publishers};
pub(crate) use recovery::Repair;
use recovery::watch_recoveries;
pub(crate) use report::Report;

/// How large a storm is. The same seed makes the same choices, at the pace of the machine.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) lasts: Duration,
    pub(crate) publishers: u32,
    pub(crate) readers: usize,
    pub(crate) channels: usize,
    /// The mean time between two events of a publisher.
    pub(crate) pace: Duration,
    /// The mean time between two leaves of a reader.
    pub(crate) stay: Duration,
    /// How many events of a channel the log keeps. A few readers stay away for longer than that.
    pub(crate) kept: u64,
}

impl Plan {
    /// That of the variables `SSE_TEST_STORM_SEED` and `SSE_TEST_STORM_SECONDS`.
    pub(crate) fn of_environment() -> Self {
        let number = |name: &str| Some(env::var(name).ok()?.parse::<u64>().expect("a number"));
        let seed = number("SSE_TEST_STORM_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000));
        let seconds = number("SSE_TEST_STORM_SECONDS").unwrap_or(20);
        Self {
            seed,
            lasts: Duration::from_secs(seconds),
            publishers: 10,
            readers: 200,
            channels: 8,
            pace: Duration::from_millis(40),
            stay: Duration::from_secs(3),
            kept: 100,
        }
    }

    fn rng(&self, of: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(of))
    }

    /// What happens to nodes and engine is picked by this.
    pub(crate) fn weather(&self) -> fastrand::Rng {
        self.rng(0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Storm,
    /// Nothing is broken any more, nothing new is published, and everyone catches up.
    Calm,
    Over,
}

/// How long everyone may take to catch up at the end.
const AT_LAST: Duration = Duration::from_secs(30);

/// Lets everyone loose on the nodes, until `weather` has ended, which leaves all in order. `log` is the
/// one of the nodes, reached past all that the weather breaks.
pub(crate) async fn rages<L: EventLog, W: Future<Output = ()>>(
    plan: &Plan,
    entrances: &Arc<Entrances>,
    log: L,
    weather: impl FnOnce(mpsc::UnboundedSender<Repair>) -> W,
) -> Report {
    let names: Arc<[String]> = (0..plan.channels).map(|n| format!("storm-{n}")).collect();
    let ends = Arc::new(Places::new(plan.channels));
    let chronicle = Chronicle::begin(log, &names, Arc::clone(&ends)).await;
    let published = Arc::clone(chronicle.published());
    let chronicle = Arc::new(Mutex::new(chronicle));
    let writing = tokio::spawn(write(Arc::clone(&chronicle)));
    let (phase, phases) = watch::channel(Phase::Storm);
    let crowd = Crowd::come(plan, &names, entrances, &published, &phases);
    let publishers = publishers(plan, &names, entrances, &phases);
    let (repairs, repaired) = mpsc::unbounded_channel();
    let watching = tokio::spawn(watch_recoveries(
        repaired,
        Arc::clone(&chronicle),
        Arc::clone(&ends),
        crowd.roamers.clone(),
    ));

    // Everyone has a place before anything breaks.
    while (0..plan.channels).any(|channel| ends.get(channel) == 0) {
        sleep(Duration::from_millis(10)).await;
    }
    let placed = timeout(AT_LAST, crowd.reach(&ends.snapshot())).await;
    placed.expect("readers get the first events");
    weather(repairs).await;
    phase.send_replace(Phase::Calm);
    let ledgers = join_all(publishers).await;
    let ledgers: Vec<_> = ledgers.into_iter().map(|it| it.expect("it ends")).collect();
    let calm = Instant::now();
    let recoveries = watching.await.expect("it ends");
    writing.abort();
    catch_up(&chronicle, &crowd, &ends, calm).await;
    let caught_up_after = calm.elapsed();
    phase.send_replace(Phase::Over);
    let diaries = join_all(crowd.diaries).await;
    let diaries: Vec<_> = diaries.into_iter().map(|it| it.expect("it ends")).collect();

    let chronicle = chronicle.lock().await;
    Report::new(
        plan,
        &names,
        &chronicle,
        ledgers,
        &diaries,
        recoveries,
        caught_up_after,
    )
}

async fn write<L: EventLog>(chronicle: Arc<Mutex<Chronicle<L>>>) {
    loop {
        // While the engine is away there is nothing to write down.
        let _ = chronicle.lock().await.read_on().await;
        sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until everyone has all that is in the log. What was not answered may be written late.
async fn catch_up<L: EventLog>(
    chronicle: &Mutex<Chronicle<L>>,
    crowd: &Crowd,
    ends: &Places,
    calm: Instant,
) {
    loop {
        let mut chronicle = chronicle.lock().await;
        while chronicle.read_on().await.expect("the log can be read") {}
        let left = AT_LAST.saturating_sub(calm.elapsed());
        let is_late = timeout(left, crowd.reach(ends)).await.is_err();
        if is_late || !chronicle.read_on().await.expect("the log can be read") {
            return;
        }
    }
}
