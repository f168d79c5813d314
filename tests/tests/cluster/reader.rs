//! Readers: each follows some channels with the client of this crate, leaves and comes back by any node,
//! and writes down what it was given.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sse_runtime::client::{Client, ClientError, Events, Gap, Position};
use sse_runtime::log::{Channels, Cursor};
use tests::node::{Ask, Number, NumbersClient, NumbersFollow};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::chronicle::Logged;
use crate::entrances::Entrances;
use crate::storm::Phase;

/// A number for each of all channels: that of the last record that somebody has, or how many there are.
pub(crate) struct Places(Box<[AtomicU64]>);

impl Places {
    pub(crate) fn new(channels: usize) -> Self {
        Self((0..channels).map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn set(&self, channel: usize, seq: u64) {
        self.0[channel].store(seq, Ordering::Relaxed);
    }

    /// As they are now.
    pub(crate) fn snapshot(&self) -> Self {
        let now = self.0.iter().map(|place| place.load(Ordering::Relaxed));
        Self(now.map(AtomicU64::new).collect())
    }

    pub(crate) fn get(&self, channel: usize) -> u64 {
        self.0[channel].load(Ordering::Relaxed)
    }
}

/// What a reader was given.
pub(crate) enum Step {
    /// As it has to be in the log.
    Event { channel: usize, logged: Logged },
    Gap {
        gap: Gap,
        /// Where it is in each of its channels behind the gap.
        at: Vec<Cursor>,
        /// How many events of each were published by then, as far as the chronicle had read.
        published: Vec<u64>,
    },
}

/// All that one reader was given.
pub(crate) struct Diary {
    pub(crate) reader: usize,
    /// Which of all channels it follows.
    pub(crate) channels: Vec<usize>,
    pub(crate) steps: Vec<Step>,
    pub(crate) connections: usize,
    /// How often it was told that the log cannot be read.
    pub(crate) problems: usize,
}

/// How a reader lives.
#[derive(Clone, Copy)]
pub(crate) enum Habit {
    /// It leaves now and then, and is back at once.
    Roams,
    /// It is away until so many events were published to one of its channels.
    Sleeps { events: u64 },
}

pub(crate) struct Reader {
    pub(crate) id: usize,
    pub(crate) names: Arc<[String]>,
    /// Those of all that it follows.
    pub(crate) channels: Vec<usize>,
    pub(crate) habit: Habit,
    /// The mean time between two leaves.
    pub(crate) stay: Duration,
    pub(crate) entrances: Arc<Entrances>,
    pub(crate) client: Client,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) rng: fastrand::Rng,
    /// How many events were published to each channel.
    pub(crate) published: Arc<Places>,
    /// How far this reader is.
    pub(crate) places: Arc<Places>,
}

impl Reader {
    pub(crate) async fn run(mut self) -> Diary {
        let names = self
            .channels
            .iter()
            .map(|channel| self.names[*channel].clone());
        let ask = Ask {
            channels: names.collect(),
            all: true,
            ..Ask::default()
        };
        let names = ask
            .channels
            .iter()
            .map(|name| name.parse().expect("a name"));
        let followed = Channels::new(names).expect("channels");
        let mut diary = Diary {
            reader: self.id,
            channels: self.channels.clone(),
            steps: Vec::new(),
            connections: 0,
            problems: 0,
        };
        let mut position = Position::default();
        while *self.phase.borrow() != Phase::Over {
            let node = self.entrances.any(&mut self.rng);
            let service = NumbersClient::with(self.client.clone(), node).expect("a URL");
            let mut events = service.follow(&ask).resume_from(position);
            diary.connections += 1;
            self.read(&mut events, &followed, &mut diary).await;
            position = events.position();
            drop(events);
            // Who was told no place yet comes back as somebody new, and has missed nothing.
            let has_place = position.last_event_id().is_some();
            if has_place && *self.phase.borrow() == Phase::Storm {
                self.leave().await;
            }
        }
        diary
    }

    /// Reads until it is time to leave, or there is nothing more to be had here.
    async fn read(
        &mut self,
        events: &mut Events<NumbersFollow, Number>,
        followed: &Channels,
        diary: &mut Diary,
    ) {
        let stay = self.stay.mul_f64(2.0 * self.rng.f64());
        let until = Instant::now() + stay;
        loop {
            let has_place = events.position().last_event_id().is_some();
            let may_leave = has_place && *self.phase.borrow() == Phase::Storm;
            let next = tokio::select! {
                next = events.next() => next,
                () = sleep_until(until), if may_leave => return,
                changed = self.phase.changed() => {
                    if changed.is_err() || *self.phase.borrow() == Phase::Over {
                        return;
                    }
                    continue;
                }
            };
            let cursors = |position: Position| {
                let id = position.last_event_id()?.as_str().to_owned();
                followed.cursors(&id).ok()
            };
            match next.expect("no stream of these ends for good") {
                Ok(event) => {
                    let index = followed.iter().position(|it| it.as_str() == event.channel);
                    let index = index.unwrap_or_else(|| panic!("{event:?} is none it asked for"));
                    let cursors = cursors(events.position());
                    let at = cursors.and_then(|cursors| cursors[index]);
                    let at = at.unwrap_or_else(|| panic!("{event:?} has the id of another stream"));
                    let channel = self.channels[index];
                    self.places.set(channel, at.seq());
                    let logged = Logged {
                        at,
                        publisher: event.publisher,
                        n: event.n,
                    };
                    diary.steps.push(Step::Event { channel, logged });
                }
                Err(ClientError::Gap(gap)) => {
                    let cursors = cursors(events.position());
                    let at: Option<Vec<_>> = cursors.and_then(|it| it.into_iter().collect());
                    let at = at.unwrap_or_else(|| panic!("{gap} leads nowhere"));
                    let published = self.channels.iter().map(|it| self.published.get(*it));
                    let published = published.collect();
                    for (channel, at) in self.channels.iter().zip(&at) {
                        self.places.set(*channel, at.seq());
                    }
                    diary.steps.push(Step::Gap { gap, at, published });
                }
                // A stream that was opened while the engine is away waits for it, but not for its first
                // place: it is told, and asked for again by the client.
                Err(ClientError::Problem(problem)) if problem.status() == 503 => {
                    diary.problems += 1;
                }
                // The other node may be there.
                Err(ClientError::GaveUp { .. }) => return,
                Err(error) => panic!("reader {}: {error}: {error:?}", self.id),
            }
        }
    }

    async fn leave(&mut self) {
        match self.habit {
            Habit::Roams => sleep(Duration::from_millis(self.rng.u64(..200))).await,
            Habit::Sleeps { events } => {
                let target = self
                    .channels
                    .iter()
                    .map(|it| self.published.get(*it) + events);
                let target: Vec<_> = target.collect();
                let passed = || {
                    let mut channels = self.channels.iter().zip(&target);
                    channels.any(|(channel, target)| self.published.get(*channel) >= *target)
                };
                while *self.phase.borrow() == Phase::Storm && !passed() {
                    sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}
