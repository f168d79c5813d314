//! The questions of a log, asked of NATS.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use futures_util::future::try_join_all;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::super::remote::{End, Engine, Retention, Write, Written};
use super::super::{
    AppendError, ChannelName, Cursor, Extent, Limit, Page, Properties, Property, ReadError, Record,
};
use super::link::{Link, NoAnswer};
use super::marks::Marks;
use super::message::{headers, payload};
use super::options::NatsOptions;
use super::read::Asked;
use super::stream::Facts;
use super::subjects::Subjects;
use super::write::Writing;

/// How many reads and writes wait for answers at once. Others wait for their turn.
const MOST_AT_ONCE: usize = 1024;

/// How many channels are asked at once where they end.
const MOST_ENDS_AT_ONCE: usize = 64;

/// The link that is used now.
#[derive(Debug, Default)]
pub(super) struct Slot {
    link: RwLock<Option<Arc<Link>>>,
    /// Of the stream that was made then. They outlive a connection.
    marks: Mutex<(i128, Arc<Marks>)>,
    /// Told when it looks as if the stream were not what it was.
    pub(super) doubt: Notify,
}

impl Slot {
    pub(super) fn put(&self, link: Option<Arc<Link>>) {
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = link;
    }

    /// What is known of the channels of that stream.
    pub(super) fn marks_of(&self, facts: &Facts) -> Arc<Marks> {
        let mut known = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let (created, marks) = &mut *known;
        if *created != facts.created {
            (*created, *marks) = (facts.created, Arc::default());
        }
        Arc::clone(marks)
    }

    fn get(&self) -> Option<Arc<Link>> {
        self.link
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

pub(super) struct NatsEngine {
    options: NatsOptions,
    subjects: Subjects,
    slot: Arc<Slot>,
    retention: Retention,
    turns: Semaphore,
    /// Keeps the link, and hears what is told there.
    task: AbortHandle,
}

impl NatsEngine {
    pub(super) fn new(
        options: NatsOptions,
        subjects: Subjects,
        slot: Arc<Slot>,
        task: AbortHandle,
    ) -> Self {
        let retention = slot.get().map(|link| Retention {
            events: link.facts.most,
            age: link.facts.age,
        });
        Self {
            options,
            subjects,
            slot,
            retention: retention.unwrap_or_default(),
            turns: Semaphore::new(MOST_AT_ONCE),
            task,
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.options.timeout
    }

    async fn turn(&self, deadline: Instant) -> Result<(SemaphorePermit<'_>, Arc<Link>), NoAnswer> {
        let unasked = |why: &str| NoAnswer::Unasked(why.into());
        let turn = timeout_at(deadline, self.turns.acquire()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(unasked("too many questions wait for their answers"));
        };
        let link = self.slot.get();
        let link = link.filter(|link| link.is_connected());
        Ok((turn, link.ok_or(unasked("not connected"))?))
    }

    fn asked<'a>(&'a self, link: &'a Link, channel: &ChannelName, deadline: Instant) -> Asked<'a> {
        Asked::of(link, &self.subjects, channel, deadline)
    }

    /// What went wrong may be that the stream is another one now.
    fn doubted<T, E>(&self, result: Result<T, E>) -> Result<T, E> {
        if result.is_err() {
            self.slot.doubt.notify_one();
        }
        result
    }
}

impl Drop for NatsEngine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Engine for NatsEngine {
    const NAME: &'static str = "nats";
    const PROPERTIES: Properties = Properties::ALL
        .without(Property::DenseIds)
        .without(Property::ExactMissed);

    async fn append(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> Result<Written, AppendError> {
        let deadline = self.deadline();
        let (_turn, link) = self.turn(deadline).await?;
        let (options, subjects) = (&self.options, &self.subjects);
        let writing = Writing::new(&link, options, subjects, channel, write.records, deadline)?;
        let written = match write.ends {
            true => Box::pin(writing.end()).await,
            false => writing.append(write.condition).await,
        };
        match written {
            Err(error @ (AppendError::Refused(_) | AppendError::Unanswered(_))) => {
                self.doubted(Err(error))
            }
            written => written,
        }
    }

    fn retention(&self) -> Retention {
        self.retention
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        let deadline = self.deadline();
        let (_turn, link) = self.turn(deadline).await?;
        let asked = self.asked(&link, channel, deadline);
        self.doubted(Box::pin(asked.page(cursor, limit)).await)
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        let deadline = self.deadline();
        let (_turn, link) = self.turn(deadline).await?;
        let asked = self.asked(&link, channel, deadline);
        self.doubted(Box::pin(asked.extent()).await)
    }

    async fn rewind(&self, channel: &ChannelName, records: usize) -> Result<Cursor, ReadError> {
        let deadline = self.deadline();
        let (_turn, link) = self.turn(deadline).await?;
        let asked = self.asked(&link, channel, deadline);
        self.doubted(Box::pin(asked.rewind(records)).await)
    }

    async fn ends(&self, channels: &[ChannelName]) -> Result<Vec<End>, ReadError> {
        let deadline = self.deadline();
        let (_turn, link) = self.turn(deadline).await?;
        // What came after this is not looked for.
        let info = Box::pin(link.info(None, deadline)).await;
        let last = self
            .doubted(info.and_then(|info| link.still_holds(info)))?
            .last_seq;
        let asked = |channel| self.asked(&link, channel, deadline);
        let asked: Vec<_> = channels.iter().map(asked).collect();
        let mut ends = Vec::with_capacity(asked.len());
        for asked in asked.chunks(MOST_ENDS_AT_ONCE) {
            let asked = try_join_all(asked.iter().map(|asked| asked.where_it_ends(last)));
            ends.extend(self.doubted(asked.await)?);
        }
        Ok(ends)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        let deadline = self.deadline();
        let (_turn, link) = self.turn(deadline).await?;
        let records = std::slice::from_ref(record);
        let (headers, payload) = (headers(1, 0, None), payload(records));
        let (bytes, limit) = (payload.len(), link.client.max_payload());
        if bytes > limit {
            return Err(AppendError::TooLarge { bytes, limit });
        }
        let subject = self.subjects.signal(channel);
        let sent = link.client.publish_with_headers(subject, headers, payload);
        match timeout_at(deadline, sent).await {
            Ok(sent) => sent.map_err(|error| AppendError::Refused(error.into())),
            Err(late) => Err(AppendError::Unanswered(late.into())),
        }
    }
}
