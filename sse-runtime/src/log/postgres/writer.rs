//! Appends: those that come while one is under way go together, in one transaction.
//!
//! So the rate at which a node appends is not that at which the server commits, and of a transaction that
//! holds a channel for long nobody notices who appends to another: such a channel is skipped, and its
//! appends go on to where they can [wait](super::waiting).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::super::remote::{Write, Written};
use super::super::{AppendError, ChannelName, Condition, Cursor, Record};
use super::link::Link;
use super::rows::{Foreign, lives_of, unsigned};
use super::trouble::Trouble;
use super::waiting::Waiting;

/// The appends that go together at most, and their bytes; a larger one goes by itself.
const MAX_TOGETHER: usize = 256;
const MAX_BYTES_TOGETHER: usize = 1024 * 1024;

/// So often all other tasks take their turn before the next transaction, where somebody was answered who
/// may have more to append at once. Else those who append again and again fall into two halves, and each
/// waits for the transaction of the other.
const TURNS: usize = 8;

/// The bytes of all appends that wait: two of the largest batches that a hub publishes. Their number is
/// bounded by what each counts at least.
const MAX_WAITING_KIB: usize = 32 * 1024;

/// An append that waits to be asked for.
pub(super) struct Job {
    pub(super) channel: ChannelName,
    keys: Vec<Option<Box<[u8]>>>,
    lines: Vec<Box<[u8]>>,
    ends: bool,
    once: Option<String>,
    /// The log's epoch of a place, and its number, where the channel has to end.
    at: Option<(i64, i64)>,
    pub(super) bytes: usize,
    pub(super) until: Instant,
    answer: oneshot::Sender<Result<Written, AppendError>>,
    _room: OwnedSemaphorePermit,
}

impl Job {
    pub(super) fn answer(self, answer: Result<Written, AppendError>) {
        // Who does not wait any more is not told.
        let _ = self.answer.send(answer);
    }

    /// Itself, where its answer is still waited for.
    pub(super) fn wanted(self) -> Option<Self> {
        if self.answer.is_closed() {
            return None;
        }
        if self.until <= Instant::now() {
            self.answer(Err(Trouble::Full.into()));
            return None;
        }
        Some(self)
    }
}

/// Takes appends, and gives their answers.
pub(super) struct Writer {
    jobs: mpsc::UnboundedSender<Job>,
    room: Arc<Semaphore>,
    timeout: Duration,
}

impl Writer {
    /// A writer, and what [`run`] takes its appends from.
    pub(super) fn new(timeout: Duration) -> (Self, mpsc::UnboundedReceiver<Job>) {
        let (jobs, receiver) = mpsc::unbounded_channel();
        let writer = Self {
            jobs,
            room: Arc::new(Semaphore::new(MAX_WAITING_KIB)),
            timeout,
        };
        (writer, receiver)
    }

    pub(super) async fn append(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> Result<Written, AppendError> {
        let until = Instant::now() + self.timeout;
        let bytes: usize = write.records.iter().map(Record::size).sum();
        let kib = (1 + bytes / 1024).min(MAX_WAITING_KIB) as u32;
        let room = Arc::clone(&self.room).acquire_many_owned(kib);
        let Ok(Ok(room)) = timeout_at(until, room).await else {
            return Err(Trouble::Full.into());
        };
        let (answer, answered) = oneshot::channel();
        let job = Job {
            channel: channel.clone(),
            keys: (write.records.iter())
                .map(|record| record.key().map(|key| key.as_bytes().into()))
                .collect(),
            lines: write.records.iter().map(|it| it.lines().into()).collect(),
            ends: write.ends,
            once: match write.condition {
                Some(Condition::Once(key)) => Some(key.as_str().to_owned()),
                _ => None,
            },
            at: match write.condition {
                Some(Condition::At(place)) => {
                    // Of the channel's epoch it is the log's again.
                    let epoch = place.epoch().of_channel(channel).get().cast_signed();
                    // Behind all numbers there can be, the channel does not end.
                    Some((epoch, i64::try_from(place.seq()).unwrap_or(-1)))
                }
                _ => None,
            },
            bytes,
            until,
            answer,
            _room: room,
        };
        let gone = || Trouble::Away("the log has ended".into());
        self.jobs.send(job).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone().into()))
    }
}

/// What is asked, and of which log.
#[derive(Clone)]
pub(super) struct Asking {
    question: Arc<str>,
}

impl Asking {
    pub(super) fn new(schema: &str) -> Self {
        let question =
            format!("select * from {schema}.sse_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
        Self {
            question: question.into(),
        }
    }

    /// Appends all of them in one transaction, and answers each. Those whose channel another transaction
    /// has held for longer than `patience` milliseconds are given back.
    pub(super) async fn append(&self, link: &Link, mut jobs: Vec<Job>, patience: i32) -> Vec<Job> {
        // The order that the server wants, and within a channel that in which they came.
        jobs.sort_by(|a, b| a.channel.as_str().cmp(b.channel.as_str()));
        let rows = match self.ask(link, &jobs, patience).await {
            Ok(rows) => rows,
            Err(trouble) if trouble.is_held() => return jobs,
            Err(trouble) => {
                for job in jobs {
                    job.answer(Err(trouble.clone().into()));
                }
                return Vec::new();
            }
        };
        let mut held = Vec::new();
        let mut rows = rows.into_iter();
        for job in jobs {
            let outcome = rows.next().map(|row| Self::outcome(&job, &row));
            match outcome {
                Some(Ok(Outcome::Answer(answer))) => job.answer(answer),
                Some(Ok(Outcome::Held)) => held.push(job),
                // A function of another version, say.
                Some(Err(error)) => job.answer(Err(AppendError::Unanswered(error.into()))),
                None => {
                    let short = "Postgres answered of fewer appends than it was asked for";
                    job.answer(Err(AppendError::Unanswered(short.into())));
                }
            }
        }
        held
    }

    async fn ask(&self, link: &Link, jobs: &[Job], patience: i32) -> Result<Vec<Row>, Trouble> {
        let channels: Vec<_> = jobs.iter().map(|job| job.channel.as_str()).collect();
        let counts: Vec<_> = jobs.iter().map(|job| job.lines.len() as i32).collect();
        let ends: Vec<_> = jobs.iter().map(|job| job.ends).collect();
        let onces: Vec<_> = jobs.iter().map(|job| job.once.as_deref()).collect();
        let epochs: Vec<_> = jobs.iter().map(|job| job.at.map(|at| at.0)).collect();
        let seqs: Vec<_> = jobs.iter().map(|job| job.at.map(|at| at.1)).collect();
        let keys: Vec<_> = jobs.iter().flat_map(|job| &job.keys).collect();
        let keys: Vec<_> = keys.into_iter().map(Option::as_deref).collect();
        let lines: Vec<&[u8]> = jobs
            .iter()
            .flat_map(|job| &job.lines)
            .map(|it| &**it)
            .collect();
        let with = [
            (&channels as _, Type::TEXT_ARRAY),
            (&counts as _, Type::INT4_ARRAY),
            (&ends as _, Type::BOOL_ARRAY),
            (&onces as _, Type::TEXT_ARRAY),
            (&epochs as _, Type::INT8_ARRAY),
            (&seqs as _, Type::INT8_ARRAY),
            (&i16::from(Record::FORMAT) as _, Type::INT2),
            (&keys as _, Type::BYTEA_ARRAY),
            (&lines as _, Type::BYTEA_ARRAY),
            (&patience as _, Type::INT4),
        ];
        link.ask(&self.question, &with).await
    }

    fn outcome(job: &Job, row: &Row) -> Result<Outcome, Foreign> {
        let status: i16 = row.try_get(0)?;
        let first: Option<i64> = row.try_get(1)?;
        let last: Option<i64> = row.try_get(2)?;
        let lives: Vec<i64> = row.try_get(3)?;
        if status == 4 {
            return Ok(Outcome::Held);
        }
        let last = unsigned(last.unwrap_or_default());
        let lives = lives_of(&lives, &job.channel)?;
        Ok(Outcome::Answer(match (status, first) {
            (0 | 1, None) => Ok(Written {
                places: Vec::new(),
                end: lives.end(last),
                is_repeated: false,
            }),
            (0 | 1, Some(first)) => {
                let places: Vec<Cursor> =
                    (unsigned(first)..=last).map(|it| lives.place(it)).collect();
                Ok(Written {
                    end: places.last().copied().unwrap_or(lives.end(last)),
                    places,
                    is_repeated: status == 1,
                })
            }
            (2, _) => Err(AppendError::Ended {
                channel: job.channel.clone(),
            }),
            (3, _) => Err(AppendError::Moved {
                end: lives.end(last),
            }),
            (5, bytes) => Err(AppendError::TooLarge {
                bytes: unsigned(bytes.unwrap_or_default()) as usize,
                limit: last as usize,
            }),
            _ => {
                let unknown = format!("Postgres answered of an append with the status {status}");
                Err(AppendError::Unanswered(unknown.into()))
            }
        }))
    }
}

enum Outcome {
    Answer(Result<Written, AppendError>),
    Held,
}

/// Appends what comes, until nobody can bring more.
pub(super) async fn run(
    mut jobs: mpsc::UnboundedReceiver<Job>,
    link: &Link,
    asking: &Asking,
    waiting: &Waiting,
) {
    let mut next = None;
    while let Some(first) = match next.take() {
        Some(job) => Some(job),
        None => jobs.recv().await,
    } {
        let mut bytes = first.bytes;
        let mut together: Vec<Job> = first.wanted().into_iter().collect();
        while together.len() < MAX_TOGETHER {
            let Ok(job) = jobs.try_recv() else { break };
            bytes += job.bytes;
            if bytes > MAX_BYTES_TOGETHER && !together.is_empty() {
                next = Some(job);
                break;
            }
            together.extend(job.wanted());
        }
        if together.is_empty() {
            continue;
        }
        let answered = together.len();
        for held in asking.append(link, together, 0).await {
            waiting.add(held);
        }
        let all = jobs.len() + answered;
        for _ in 0..TURNS {
            if jobs.len() >= all {
                break;
            }
            yield_now().await;
        }
    }
}
