//! Appends and ends.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::publish::PublishAck;
use bytes::Bytes;
use tokio::time::Instant;

use super::super::remote::Written;
use super::super::{
    AppendError, ChannelName, Condition, Cursor, Limit, ReadError, Record, Standing,
};
use super::ending::Life;
use super::ends::{Before, LastEnd};
use super::link::{Link, Published};
use super::message::{self, EXPECTED_ASIDE, headers, payload};
use super::options::NatsOptions;
use super::place::{MAX_RECORDS, Place};
use super::read::Asked;
use super::subjects::{Subjects, token};

/// How often an append is tried that another one came between.
const TRIES: usize = 16;

/// One write to one channel.
pub(super) struct Writing<'a> {
    link: &'a Arc<Link>,
    asked: Asked<'a>,
    channel: &'a ChannelName,
    records: &'a [Record<'a>],
    payload: Bytes,
    ended: u64,
    deadline: Instant,
}

impl<'a> Writing<'a> {
    pub(super) fn new(
        link: &'a Arc<Link>,
        options: &NatsOptions,
        subjects: &'a Subjects,
        channel: &'a ChannelName,
        records: &'a [Record<'a>],
        deadline: Instant,
    ) -> Result<Self, AppendError> {
        let limit = options.max_record_bytes;
        for record in records {
            let bytes = record.size();
            if bytes > limit {
                return Err(AppendError::TooLarge { bytes, limit });
            }
        }
        if records.len() > MAX_RECORDS {
            let records = records.len();
            let why = format!("a batch of {records} events; append {MAX_RECORDS} at most");
            return Err(AppendError::Refused(why.into()));
        }
        Ok(Self {
            link,
            asked: Asked::of(link, subjects, channel, deadline),
            channel,
            records,
            payload: payload(records),
            ended: message::millis(options.ended),
            deadline,
        })
    }

    pub(super) async fn append(
        &self,
        condition: Option<Condition<'_>>,
    ) -> Result<Written, AppendError> {
        let key = match condition {
            Some(Condition::At(at)) => return Box::pin(self.append_at(at)).await,
            Some(Condition::Once(key)) => Some(self.message_id(key.as_str())),
            None => None,
        };
        // The server would look aside before it looks whether it has the key, and a key that it has is
        // answered with its places even in a channel that has ended since.
        let looks_aside = self.link.looks_aside() && key.is_none();
        let mut after = match self.link.ends.last(self.channel) {
            Some(end) if end.is_over() => end.seq,
            Some(_) if key.is_none() => Box::pin(self.life_to_append_to()).await?.last_end(),
            // Mostly there was never an end.
            _ => 0,
        };
        for _ in 0..TRIES {
            let before = self.link.ends.before(self.channel);
            let mut headers = headers(self.records.len(), after, None);
            if let Some(key) = &key {
                headers.insert(NATS_MESSAGE_ID, key.as_str());
            }
            if looks_aside {
                headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, after.to_string());
                let aside = self.asked.end();
                headers.insert(EXPECTED_ASIDE, aside);
            }
            let ends = (!looks_aside).then_some(before);
            let ack = match self.publish(self.asked.log(), headers, ends).await? {
                Published::As(ack) if looks_aside => return self.written(&ack).await,
                Published::As(ack) => ack,
                Published::Conflict => {
                    after = Box::pin(self.life_to_append_to()).await?.last_end();
                    continue;
                }
            };
            match self.confirm(&ack, after).await? {
                None => return self.written(&ack).await,
                Some(end) => after = end,
            }
        }
        Err(AppendError::Refused(
            "the channel ends again and again".into(),
        ))
    }

    /// Looks whether an end came before what was published after another one. Then it is void, and
    /// the answer is after which end to publish it instead.
    async fn confirm(&self, ack: &PublishAck, after: u64) -> Result<Option<u64>, AppendError> {
        if !ack.duplicate {
            let (link, channel, at) = (self.link, self.channel, (after, ack.sequence));
            if link.ends.is_last(link, channel, at, self.deadline).await {
                return Ok(None);
            }
        }
        let life = Box::pin(self.asked.life()).await.map_err(unanswered)?;
        let last_end = life.last_end();
        if last_end <= after || last_end > ack.sequence {
            return Ok(None);
        }
        if ack.duplicate && !Box::pin(self.is_void(ack, last_end)).await? {
            return Ok(None);
        }
        Box::pin(self.take_back(ack.sequence)).await;
        match life.end {
            Some(_) => Err(self.has_ended()),
            None => Ok(Some(last_end)),
        }
    }

    /// Whether what was published before with the same key was void, and perhaps taken back.
    async fn is_void(&self, ack: &PublishAck, last_end: u64) -> Result<bool, AppendError> {
        let earlier = self.link.message(ack.sequence, self.deadline).await;
        let earlier = earlier.map_err(unanswered)?;
        Ok(earlier.is_none_or(|earlier| earlier.after() < last_end))
    }

    /// Void it is either way; this spares readers from passing it over.
    async fn take_back(&self, seq: u64) {
        let subject = format!("$JS.API.STREAM.MSG.DELETE.{}", self.link.facts.name);
        let question = serde_json::json!({ "seq": seq, "no_erase": true }).to_string();
        let asked = self.link.ask(subject, None, question.into(), self.deadline);
        if let Err(error) = asked.await {
            tracing::debug!(?error, seq, "a void record stays where it is");
        }
    }

    async fn append_at(&self, at: Cursor) -> Result<Written, AppendError> {
        let moved = |end| Err(AppendError::Moved { end });
        for _ in 0..TRIES {
            let life = self.life_to_append_to().await?;
            // Before it is looked where the channel ends: what comes in between is in the way.
            let last = self.link.last(self.asked.log(), self.deadline).await;
            let last = last.map_err(refused)?.map_or(0, |last| last.seq);
            let extent = self.asked.extent().await.map_err(refused)?;
            if extent.ended {
                return Err(self.has_ended());
            }
            // In a channel that holds nothing, every place is the end behind which nothing came.
            let is_end = at == extent.newest
                || !extent.exists && {
                    let page = self.asked.page(at, Limit::new(1, 0)).await;
                    let page = page.map_err(refused)?;
                    page.standing() == Standing::Contiguous && page.is_empty()
                };
            if !is_end {
                return moved(extent.newest);
            }
            let mut headers = headers(self.records.len(), life.last_end(), None);
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, last.to_string());
            let before = self.link.ends.before(self.channel);
            let published = self
                .publish(self.asked.log(), headers, Some(before))
                .await?;
            if let Published::As(ack) = published {
                return match self.confirm(&ack, life.last_end()).await? {
                    None => self.written(&ack).await,
                    Some(_) => Err(self.has_ended()),
                };
            }
        }
        let extent = self.asked.extent().await.map_err(refused)?;
        moved(extent.newest)
    }

    pub(super) async fn end(&self) -> Result<Written, AppendError> {
        for _ in 0..TRIES {
            let life = self.asked.life().await.map_err(refused)?;
            if life.end.is_some() {
                let extent = self.asked.extent().await.map_err(refused)?;
                return match self.records {
                    [] => Ok(Written {
                        places: Vec::new(),
                        end: extent.newest,
                        is_repeated: false,
                    }),
                    _ => Err(self.has_ended()),
                };
            }
            let until = message::now().saturating_add(self.ended);
            let mut headers = headers(self.records.len(), life.last_end(), Some(until));
            let last_end = life.last_end().to_string();
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, last_end);
            let before = self.link.ends.before(self.channel);
            if let Published::As(ack) = self.publish(&self.asked.end(), headers, None).await? {
                let end = LastEnd {
                    seq: ack.sequence,
                    until,
                };
                self.link.ends.looked(self.channel, end, before);
                let mut written = self.written(&ack).await?;
                if self.records.is_empty() {
                    written.end = self.asked.extent().await.map_err(unanswered)?.newest;
                }
                return Ok(written);
            }
        }
        Err(AppendError::Refused(
            "others end the channel again and again".into(),
        ))
    }

    async fn life_to_append_to(&self) -> Result<Life, AppendError> {
        let life = self.asked.life().await.map_err(refused)?;
        match life.end {
            Some(_) => Err(self.has_ended()),
            None => Ok(life),
        }
    }

    async fn publish(
        &self,
        subject: &str,
        headers: HeaderMap,
        ends: Option<Before>,
    ) -> Result<Published, AppendError> {
        let (payload, deadline) = (&self.payload, self.deadline);
        self.link
            .publish(subject, headers, payload, ends, deadline)
            .await
    }

    async fn written(&self, ack: &PublishAck) -> Result<Written, AppendError> {
        let mut records = self.records.len();
        if ack.duplicate {
            // What was written then counts, where it is still known.
            let earlier = Box::pin(self.link.message(ack.sequence, self.deadline)).await;
            if let Some(earlier) = earlier.map_err(unanswered)? {
                records = earlier.records().map_or(records, |earlier| earlier.len());
            }
        }
        let places = Place::of_records(ack.sequence, records);
        Ok(Written {
            places: places.map(|place| self.asked.cursor(place)).collect(),
            end: self.asked.cursor(Place::behind(ack.sequence)),
            is_repeated: ack.duplicate,
        })
    }

    /// A key means something in its channel alone.
    fn message_id(&self, key: &str) -> String {
        format!("{}.{}", token(self.channel.as_str()), token(key))
    }

    fn has_ended(&self) -> AppendError {
        AppendError::Ended {
            channel: self.channel.clone(),
        }
    }
}

/// Before anything was published.
fn refused(error: ReadError) -> AppendError {
    AppendError::Refused(error.into())
}

/// After something was.
fn unanswered(error: ReadError) -> AppendError {
    AppendError::Unanswered(error.into())
}
