//! Publishers: each numbers its events, remembers what became of each, and tries again where that is
//! safe.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use tests::node::{NotPublished, Number, Published};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::entrances::Entrances;
use crate::storm::Phase;

/// A node answers within what the engine may take; one that does not is taken for dead.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long it goes on trying when the storm is over.
const AT_LAST: Duration = Duration::from_secs(30);

/// What a publisher knows of an event.
pub(crate) struct Told {
    pub(crate) number: Number,
    pub(crate) outcome: Outcome,
}

pub(crate) enum Outcome {
    /// It is published, as that.
    Acknowledged(String),
    /// It may be published, and was not tried again as that could be once too often.
    Unknown,
}

/// All that one publisher did.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) told: Vec<Told>,
    /// How often it tried again because nothing was written, and because that was not known.
    pub(crate) after_refusals: usize,
    pub(crate) after_silence: usize,
}

impl Ledger {
    pub(crate) fn acknowledged(&self) -> usize {
        self.told.len() - self.unknown()
    }

    pub(crate) fn unknown(&self) -> usize {
        let unknown = |told: &&Told| matches!(told.outcome, Outcome::Unknown);
        self.told.iter().filter(unknown).count()
    }
}

pub(crate) struct Publisher {
    pub(crate) id: u32,
    pub(crate) channels: Arc<[String]>,
    pub(crate) entrances: Arc<Entrances>,
    pub(crate) pace: Duration,
    /// Whether its events have idempotency keys, so that it is always safe to try again.
    pub(crate) has_keys: bool,
    pub(crate) phase: watch::Receiver<Phase>,
    pub(crate) rng: fastrand::Rng,
    pub(crate) http: Client,
}

/// What became of one try.
enum Answer {
    Id(String),
    /// Nothing was written.
    Refused,
    Silence,
}

impl Publisher {
    pub(crate) async fn run(mut self) -> Ledger {
        let mut ledger = Ledger::default();
        for n in 0.. {
            if *self.phase.borrow() != Phase::Storm {
                break;
            }
            sleep(self.pace.mul_f64(2.0 * self.rng.f64())).await;
            let channel = self.rng.choice(&*self.channels).expect("there is one");
            let number = Number {
                channel: channel.clone(),
                publisher: self.id,
                n,
                padding: self.padding(),
            };
            let outcome = self.publish(&number, &mut ledger).await;
            ledger.told.push(Told { number, outcome });
        }
        ledger
    }

    /// A few events are so large that what somebody has missed is not read in one go.
    fn padding(&mut self) -> String {
        match self.rng.u8(..4) {
            0 => "x".repeat(self.rng.usize(..4_000)),
            _ => String::new(),
        }
    }

    async fn publish(&mut self, number: &Number, ledger: &mut Ledger) -> Outcome {
        let mut calm_since = None;
        loop {
            match self.post(number).await {
                Answer::Id(id) => return Outcome::Acknowledged(id),
                Answer::Refused => ledger.after_refusals += 1,
                Answer::Silence if self.has_keys => ledger.after_silence += 1,
                Answer::Silence => return Outcome::Unknown,
            }
            if *self.phase.borrow() != Phase::Storm {
                let since = *calm_since.get_or_insert_with(Instant::now);
                assert!(
                    since.elapsed() < AT_LAST,
                    "{number:?} is refused in good weather"
                );
            }
            sleep(Duration::from_millis(self.rng.u64(20..200))).await;
        }
    }

    async fn post(&mut self, number: &Number) -> Answer {
        let node = self.entrances.any(&mut self.rng);
        let url = format!("{node}/channels/{}/events", number.channel);
        let mut request = self.http.post(url).json(number).timeout(PATIENCE);
        if self.has_keys {
            let key = format!("{}-{}", number.publisher, number.n);
            request = request.header("idempotency-key", key);
        }
        let response = match request.send().await {
            Ok(response) => response,
            // Before a connection there is no request.
            Err(error) if error.is_connect() => return Answer::Refused,
            Err(_) => return Answer::Silence,
        };
        match response.status() {
            StatusCode::OK => match response.json::<Published>().await {
                Ok(published) => Answer::Id(published.id),
                Err(_) => Answer::Silence,
            },
            StatusCode::SERVICE_UNAVAILABLE => match response.json::<NotPublished>().await {
                Ok(told) if told.may_be_published => Answer::Silence,
                Ok(_) => Answer::Refused,
                Err(_) => Answer::Silence,
            },
            status => panic!(
                "{number:?} is answered {status}: {:?}",
                response.text().await
            ),
        }
    }
}
