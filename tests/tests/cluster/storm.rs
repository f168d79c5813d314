//! Publishers and readers, all at once, whatever happens meanwhile; and what became of it.

use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use sse_runtime::client::{Client, Policy};
use sse_runtime::log::EventLog;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use crate::chronicle::Chronicle;
use crate::entrances::Entrances;
use crate::oracle::{self, Complaints, Gaps};
use crate::publisher::{Ledger, Publisher};
use crate::reader::{Diary, Habit, Places, Reader};

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
    // What was not answered may be written late.
    loop {
        let mut chronicle = chronicle.lock().await;
        while chronicle.read_on().await.expect("the log can be read") {}
        let catch_up = crowd.reach(&ends);
        if timeout(AT_LAST.saturating_sub(calm.elapsed()), catch_up)
            .await
            .is_err()
        {
            break;
        }
        if !chronicle.read_on().await.expect("the log can be read") {
            break;
        }
    }
    let caught_up_after = calm.elapsed();
    phase.send_replace(Phase::Over);
    let diaries = join_all(crowd.diaries).await;
    let diaries: Vec<_> = diaries.into_iter().map(|it| it.expect("it ends")).collect();

    let chronicle = chronicle.lock().await;
    let mut complaints = Complaints::default();
    oracle::log_holds(&chronicle, &names, &ledgers, &mut complaints);
    let mut gaps = Gaps::default();
    for diary in &diaries {
        gaps += oracle::reader_got(&chronicle, diary, &mut complaints);
    }
    Report {
        plan: plan.clone(),
        events: (0..plan.channels)
            .map(|it| chronicle.channel(it).len())
            .sum(),
        ledgers,
        connections: diaries.iter().map(|diary| diary.connections).sum(),
        problems: diaries.iter().map(|diary| diary.problems).sum(),
        received: diaries.iter().map(|diary| diary.steps.len()).sum(),
        gaps,
        recoveries,
        caught_up_after,
        complaints,
    }
}

async fn write<L: EventLog>(chronicle: Arc<Mutex<Chronicle<L>>>) {
    loop {
        // While the engine is away there is nothing to write down.
        let _ = chronicle.lock().await.read_on().await;
        sleep(Duration::from_millis(50)).await;
    }
}

/// All readers.
struct Crowd {
    diaries: Vec<JoinHandle<Diary>>,
    /// Of each, which channels it follows and how far it is.
    places: Vec<Follower>,
    /// Those that are never away for long.
    roamers: Vec<Follower>,
}

#[derive(Clone)]
struct Follower {
    channels: Vec<usize>,
    places: Arc<Places>,
}

impl Follower {
    fn has_reached(&self, ends: &Places) -> bool {
        let mut channels = self.channels.iter();
        channels.all(|it| self.places.get(*it) >= ends.get(*it))
    }
}

impl Crowd {
    fn come(
        plan: &Plan,
        names: &Arc<[String]>,
        entrances: &Arc<Entrances>,
        published: &Arc<Places>,
        phases: &watch::Receiver<Phase>,
    ) -> Self {
        let soon = Policy::new()
            .floor(Duration::from_millis(20))
            .reconnection_time(Duration::from_millis(100))
            .ceiling(Duration::from_secs(1))
            .max_elapsed(Duration::from_secs(2));
        let client = Client::new().policy(soon);
        let mut crowd = Self {
            diaries: Vec::new(),
            places: Vec::new(),
            roamers: Vec::new(),
        };
        for id in 0..plan.readers {
            let mut rng = plan.rng(1_000 + id as u64);
            // Most follow one channel, a few several.
            let several = if id % 8 == 7 { rng.usize(2..=3) } else { 1 };
            let channels = rng.choose_multiple(0..plan.channels, several);
            let habit = match id % 10 {
                9 => Habit::Sleeps {
                    events: plan.kept * 3 / 2,
                },
                _ => Habit::Roams,
            };
            let follower = Follower {
                channels,
                places: Arc::new(Places::new(plan.channels)),
            };
            let reader = Reader {
                id,
                names: Arc::clone(names),
                channels: follower.channels.clone(),
                habit,
                stay: plan.stay,
                entrances: Arc::clone(entrances),
                client: client.clone(),
                phase: phases.clone(),
                rng,
                published: Arc::clone(published),
                places: Arc::clone(&follower.places),
            };
            crowd.diaries.push(tokio::spawn(reader.run()));
            if matches!(habit, Habit::Roams) {
                crowd.roamers.push(follower.clone());
            }
            crowd.places.push(follower);
        }
        crowd
    }

    async fn reach(&self, ends: &Places) {
        while !self.places.iter().all(|it| it.has_reached(ends)) {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

fn publishers(
    plan: &Plan,
    names: &Arc<[String]>,
    entrances: &Arc<Entrances>,
    phases: &watch::Receiver<Phase>,
) -> Vec<JoinHandle<Ledger>> {
    let http = reqwest::Client::new();
    let publisher = |id| Publisher {
        id,
        channels: Arc::clone(names),
        entrances: Arc::clone(entrances),
        pace: plan.pace,
        has_keys: id % 2 == 0,
        phase: phases.clone(),
        rng: plan.rng(10_000 + u64::from(id)),
        http: http.clone(),
    };
    let publishers = (0..plan.publishers).map(publisher);
    publishers.map(|it| tokio::spawn(it.run())).collect()
}

/// How long it took after a repair until readers had what was in the log then.
pub(crate) struct Recovery {
    of: String,
    /// Of each reader, from the first to the last.
    after: Vec<Duration>,
}

async fn watch_recoveries<L: EventLog>(
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

/// What came of a storm.
pub(crate) struct Report {
    plan: Plan,
    events: usize,
    ledgers: Vec<Ledger>,
    connections: usize,
    problems: usize,
    received: usize,
    pub(crate) gaps: Gaps,
    recoveries: Vec<Recovery>,
    caught_up_after: Duration,
    complaints: Complaints,
}

impl Report {
    /// Prints it.
    ///
    /// # Panics
    /// Where anything was lost, repeated or out of order without a word.
    pub(crate) fn is_clean(&self) {
        println!("{self}");
        let Plan { seed, lasts, .. } = self.plan;
        let seconds = lasts.as_secs();
        assert!(
            self.complaints.is_empty(),
            "again with SSE_TEST_STORM_SEED={seed} SSE_TEST_STORM_SECONDS={seconds}:\n{}",
            self.complaints
        );
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan {
            seed,
            lasts,
            publishers,
            readers,
            channels,
            ..
        } = &self.plan;
        let sum = |of: fn(&Ledger) -> usize| self.ledgers.iter().map(of).sum::<usize>();
        writeln!(
            f,
            "seed {seed}: {publishers} publishers, {readers} readers, {channels} channels, {lasts:?}"
        )?;
        writeln!(
            f,
            "  {} events, {} acknowledged, {} of unknown fate; tried again {} times after a refusal, {} after silence",
            self.events,
            sum(Ledger::acknowledged),
            sum(Ledger::unknown),
            sum(|it| it.after_refusals),
            sum(|it| it.after_silence),
        )?;
        writeln!(
            f,
            "  {} received over {} connections ({} times the log could not be read), {} gaps over {} events; all had everything {:?} after the end",
            self.received,
            self.connections,
            self.problems,
            self.gaps.told,
            self.gaps.missed,
            self.caught_up_after
        )?;
        for Recovery { of, after } in &self.recoveries {
            let at = |part: usize| {
                after.get((after.len() * part / 100).min(after.len().saturating_sub(1)))
            };
            writeln!(
                f,
                "  {of}: half of the readers caught up after {:?}, 99 % after {:?}, the last after {:?}",
                at(50).copied().unwrap_or_default(),
                at(99).copied().unwrap_or_default(),
                after.last().copied().unwrap_or_default()
            )?;
        }
        Ok(())
    }
}
