//! Whatever is appended, lost, delayed, flushed and not answered, in any order: each reader sees every
//! record once and in order, or is told of a gap; and as long as hints come, at once.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use futures::future::join_all;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use super::server::Fault;
use super::*;

const CHANNELS: [&str; 3] = ["a", "b", "c"];
const READERS: usize = 12;
const STEPS: usize = 100;
const SEEDS: u64 = 40;

#[test]
fn each_reader_sees_every_record_once_and_in_order_or_a_gap() {
    for seed in 0..SEEDS {
        run(seed, with_faults::<true>);
        run(seed, with_faults::<false>);
    }
}

#[test]
fn as_long_as_hints_come_nobody_waits_for_what_is_there() {
    for seed in 0..SEEDS {
        run(seed, without_faults::<true>);
        run(seed, without_faults::<false>);
    }
}

fn run<F: Future<Output = Result<(), String>>>(seed: u64, schedule: impl Fn(Rng) -> F) {
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let told = runtime.block_on(schedule(Rng::with_seed(seed)));
    if let Err(told) = told {
        let schedule = std::any::type_name_of_val(&schedule);
        panic!("seed {seed} of {schedule}: {told}");
    }
}

async fn with_faults<const DENSE: bool>(mut random: Rng) -> Result<(), String>
where
    Node<DENSE>: EventLog,
{
    let (world, _readers) = World::<DENSE>::new(&mut random);
    let flushes = random.bool();
    for _ in 0..STEPS {
        let channel = CHANNELS[random.usize(0..CHANNELS.len())];
        let node = &world.nodes[random.usize(0..2)];
        let server = &world.server;
        match random.u32(0..100) {
            0..60 => world.append(&**node, channel, random.usize(1..8)).await,
            // Somebody whose hints never come.
            60..70 => world.append(&server.log(), channel, 1).await,
            70..74 => server.loses_hints.store(random.bool(), Ordering::Relaxed),
            74..78 => server.delay_hints(Duration::from_millis(random.u64(0..400))),
            78..80 => {
                let without = &server.hints_without_places;
                without.store(random.bool(), Ordering::Relaxed);
            }
            80..82 => server.pushes.store(random.bool(), Ordering::Relaxed),
            82..85 => server.fail(Some(Fault::Unavailable)),
            85..90 => server.fail(None),
            90..93 => node.deafen(),
            93..96 => {
                node.deafen();
                node.listen();
            }
            96 if flushes => {
                world.flushes.fetch_add(1, Ordering::Relaxed);
                server.flush();
            }
            _ => server.hint(&super::channel(channel), None),
        }
        sleep(Duration::from_millis(random.u64(0..60))).await;
    }
    world.stays.store(true, Ordering::Relaxed);
    world.server.fail(None);
    world.server.loses_hints.store(false, Ordering::Relaxed);
    for node in &world.nodes {
        node.deafen();
        node.listen();
    }
    // What no hint told is found by looking.
    rounds(4).await;
    world.nobody_waits_for_what_is_there().await;
    world.told()
}

async fn without_faults<const DENSE: bool>(mut random: Rng) -> Result<(), String>
where
    Node<DENSE>: EventLog,
{
    let (world, _readers) = World::<DENSE>::new(&mut random);
    for _ in 0..STEPS {
        let steps = (0..random.usize(1..6)).map(|_| {
            let channel = CHANNELS[random.usize(0..CHANNELS.len())];
            let node = &world.nodes[random.usize(0..2)];
            let (records, later) = (random.usize(1..8), random.u64(0..4));
            match random.u32(0..100) {
                0..5 => {
                    let without = &world.server.hints_without_places;
                    without.store(random.bool(), Ordering::Relaxed);
                }
                5..7 => world.server.pushes.store(random.bool(), Ordering::Relaxed),
                7..10 => world
                    .server
                    .delay_hints(Duration::from_millis(random.u64(0..20))),
                10..13 => {
                    node.deafen();
                    node.listen();
                }
                13..15 => world.server.hint(&super::channel(channel), None),
                _ => {}
            }
            let world = &world;
            async move {
                sleep(Duration::from_millis(later)).await;
                world.append(&**node, channel, records).await;
            }
        });
        join_all(steps.collect::<Vec<_>>()).await;
        if random.u32(0..4) == 0 {
            settle().await;
            world.nobody_waits_for_what_is_there().await;
        }
    }
    if world.nodes.iter().any(|node| node.mirrors.has_lost_hints()) {
        return Err("a hint seems to be lost".to_owned());
    }
    world.told()
}

/// Two nodes, and readers that visit now this and now that.
struct World<const DENSE: bool> {
    server: Arc<Server>,
    nodes: [Arc<Node<DENSE>>; 2],
    appended: AtomicU64,
    flushes: AtomicU64,
    /// Readers stay where they are.
    stays: AtomicBool,
    /// What lies where, as its writer or the first reader saw it.
    records: Mutex<HashMap<(&'static str, Cursor), String>>,
    /// Where readers wait, and in which channel.
    waiting: Mutex<HashMap<usize, (&'static str, Cursor)>>,
    complaint: Mutex<Option<String>>,
}

impl<const DENSE: bool> World<DENSE>
where
    Node<DENSE>: EventLog,
{
    fn new(random: &mut Rng) -> (Arc<Self>, JoinSet<()>) {
        let server = Server::new(Bounds::default().events(random.usize(60..200)));
        let nodes = [(); 2].map(|()| Arc::new(Node::new(&server)));
        let world = Arc::new(Self {
            server,
            nodes,
            appended: AtomicU64::new(0),
            flushes: AtomicU64::new(0),
            stays: AtomicBool::new(false),
            records: Mutex::default(),
            waiting: Mutex::default(),
            complaint: Mutex::default(),
        });
        let mut readers = JoinSet::new();
        for number in 0..READERS {
            let reader = Reader {
                number,
                channel: CHANNELS[number % CHANNELS.len()],
                at: None,
                seen: HashSet::new(),
                resets: 0,
                random: random.fork(),
            };
            readers.spawn(reader.follow(Arc::clone(&world)));
        }
        (world, readers)
    }

    async fn append(&self, log: &impl EventLog, name: &'static str, records: usize) {
        let lines: Vec<_> = (0..records)
            .map(|_| self.appended.fetch_add(1, Ordering::Relaxed))
            .map(|number| format!("data: {number}\n"))
            .collect();
        let records = lines
            .iter()
            .zip([Some("x"), Some("y"), None].iter().cycle());
        let records: Vec<_> = records
            .map(|(lines, key)| {
                let record = Record::new(lines.as_bytes()).unwrap();
                key.map_or(record, |key| record.with_key(key).unwrap())
            })
            .collect();
        let places = log.append_all(&channel(name), &records).await;
        for (place, lines) in places.unwrap_or_default().into_iter().zip(lines) {
            self.lies_there(name, place, &lines);
        }
    }

    fn lies_there(&self, name: &'static str, place: Cursor, lines: &str) {
        let mut records = self.records.lock().unwrap();
        let there = records.entry((name, place));
        let there = there.or_insert_with(|| lines.to_owned());
        if there != lines {
            let what = format!("{lines:?} lies at {place} of {name}, not {there:?}");
            self.complain(what);
        }
    }

    async fn nobody_waits_for_what_is_there(&self) {
        let waiting = self.waiting.lock().unwrap().clone();
        for (reader, (name, at)) in waiting {
            let end = end_of(&self.server.log(), name).await;
            if at != end {
                self.complain(format!(
                    "reader {reader} of {name} waits at {at}, not {end}"
                ));
            }
        }
    }

    fn complain(&self, what: String) {
        self.complaint.lock().unwrap().get_or_insert(what);
    }

    fn told(&self) -> Result<(), String> {
        self.complaint.lock().unwrap().take().map_or(Ok(()), Err)
    }
}

struct Reader {
    number: usize,
    channel: &'static str,
    at: Option<Cursor>,
    seen: HashSet<Vec<u8>>,
    resets: u64,
    random: Rng,
}

impl Reader {
    async fn follow<const DENSE: bool>(mut self, world: Arc<World<DENSE>>)
    where
        Node<DENSE>: EventLog,
    {
        sleep(Duration::from_millis(self.random.u64(0..2000))).await;
        loop {
            let node = Arc::clone(&world.nodes[self.random.usize(0..2)]);
            if let Err(what) = self.visit(&world, &*node).await {
                let Self {
                    number, channel, ..
                } = self;
                world.complain(format!("reader {number} of {channel}: {what}"));
                return;
            }
        }
    }

    async fn visit<const DENSE: bool>(
        &mut self,
        world: &World<DENSE>,
        node: &Node<DENSE>,
    ) -> Result<(), String>
    where
        Node<DENSE>: EventLog,
    {
        let mut watch = node.watch(&channels([self.channel]));
        let leaves_after = self.random.usize(1..40);
        for reads in 0.. {
            let stays = || world.stays.load(Ordering::Relaxed);
            if !stays() && reads >= leaves_after {
                break;
            }
            let read = self.read(world, node).await?;
            let flushes = world.flushes.load(Ordering::Relaxed);
            if self.resets > flushes {
                return Err(format!("{} resets after {flushes} flushes", self.resets));
            }
            let waits_at = match (read, self.at) {
                (Read::Nothing, Some(at)) => at,
                (Read::Failed, _) => {
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
                _ => continue,
            };
            let waits = (self.channel, waits_at);
            world.waiting.lock().unwrap().insert(self.number, waits);
            // Who waits is woken by what comes, however long that takes.
            let patience = match stays() || self.random.u32(0..4) > 0 {
                true => Duration::from_secs(3600),
                false => Duration::from_millis(self.random.u64(50..2000)),
            };
            let _ = timeout(patience, watch.changed()).await;
            world.waiting.lock().unwrap().remove(&self.number);
        }
        Ok(())
    }

    async fn read<const DENSE: bool>(
        &mut self,
        world: &World<DENSE>,
        log: &impl EventLog,
    ) -> Result<Read, String>
    where
        Node<DENSE>: EventLog,
    {
        let channel = channel(self.channel);
        let Some(at) = self.at else {
            let Ok(extent) = log.extent(&channel).await else {
                return Ok(Read::Failed);
            };
            self.at = Some(extent.newest);
            return Ok(Read::Some);
        };
        let limit = Limit::new(self.random.usize(1..30), self.random.usize(100..100_000));
        let Ok(page) = log.read_after(&channel, at, limit).await else {
            return Ok(Read::Failed);
        };
        let missed = match page.standing() {
            Standing::Contiguous => 0,
            Standing::Truncated { missed } => missed.ok_or("it is not known what was missed")?,
            Standing::UnknownEpoch => {
                let Ok(extent) = log.extent(&channel).await else {
                    return Ok(Read::Failed);
                };
                self.resets += 1;
                // Nobody has seen what is there now.
                self.at = Some(extent.oldest);
                return Ok(Read::Some);
            }
            other => return Err(format!("{other:?} at {at}")),
        };
        let mut seq = at.seq() + missed;
        for entry in page.runs().flat_map(Run::entries) {
            seq += 1;
            if entry.cursor() != Cursor::new(at.epoch(), seq) {
                return Err(format!("{entry:?} came after {at} and {missed} missed"));
            }
            if !self.seen.insert(entry.lines().to_vec()) {
                return Err(format!("{entry:?} came twice"));
            }
            let lines = str::from_utf8(entry.lines()).unwrap();
            world.lies_there(self.channel, entry.cursor(), lines);
        }
        self.at = Some(page.next());
        Ok(match page.has_more() {
            true => Read::Some,
            false => Read::Nothing,
        })
    }
}

/// What a reader has found.
enum Read {
    /// There may be more.
    Some,
    /// There is nothing more.
    Nothing,
    Failed,
}
