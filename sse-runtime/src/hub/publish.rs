//! Into the log.

use tokio::sync::MutexGuard;

use super::encoded::{Batch, Encoded};
use super::scope::Own;
use super::{Hub, PublishError};
use crate::describe::{Described, Endpoint};
use crate::log::{
    AppendError, Appended, ChannelName, Condition, Cursor, EventLog, IdempotencyKey, Record,
};
use crate::wire::EventId;

/// Publishing. Whether anybody subscribes does not matter.
///
/// Where a future of these is dropped before it is ready, the events may have been published or not.
impl<E: Described, L: EventLog> Hub<E, L> {
    /// The most bytes of events in one [batch](Self::publish_all): 16 MiB.
    pub const MAX_BATCH_BYTES: usize = super::MAX_BATCH_BYTES;

    /// Publishes an event. Returns its id.
    ///
    /// It is encoded now, once for everyone. An event that ends its stream (`done = Variant`) is
    /// published [last](Self::publish_last).
    ///
    /// # Errors
    ///
    /// [`PublishError`], which says whether it [may be published](PublishError::may_be_published).
    pub fn publish<T>(
        &self,
        channel: &str,
        event: &T,
    ) -> impl Future<Output = Result<EventId, PublishError>> + Send + use<'_, E, L, T>
    where
        E: Endpoint<T>,
    {
        let prepared = self.prepare::<T>(channel, event);
        async move {
            let (channel, event) = prepared?;
            let ends = event.ends;
            self.append(&channel, &event, ends).await
        }
    }

    /// Publishes an event, unless one was published to the channel with this `key` before: then the id
    /// of that one is returned. So whoever does not know what became of a publish tries again with
    /// the same key, in this process or another, for as long as the log remembers keys: `MemoryLog`
    /// for [2 minutes](crate::log::Bounds::idempotency_window). That the events are the same is not
    /// looked at.
    ///
    /// An event that ends its stream needs no key: a channel ends once.
    ///
    /// ```
    /// # use sse_runtime::hub::Hub;
    /// # use sse_runtime::log::MemoryLog;
    /// # use sse_runtime::{Problem, server_sent_events};
    /// # #[server_sent_events(event_name = "paid")]
    /// # trait Orders {
    /// #     async fn paid(&self, stream: impl PaidServerStream<String>) -> Result<(), Problem>;
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hub = Hub::new(MemoryLog::default(), OrdersPaid);
    /// let paid = "order 4711".to_owned();
    ///
    /// let first = hub.publish_once("orders", "payment-17", &paid).await?;
    /// let again = hub.publish_once("orders", "payment-17", &paid).await?;
    /// assert_eq!(again, first);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`PublishError`]; where it [may be published](PublishError::may_be_published), trying again with
    /// the same key is safe.
    pub fn publish_once<T>(
        &self,
        channel: &str,
        key: &str,
        event: &T,
    ) -> impl Future<Output = Result<EventId, PublishError>> + Send + use<'_, E, L, T>
    where
        E: Endpoint<T>,
    {
        let prepared = self.prepare::<T>(channel, event);
        let key = key.to_owned();
        async move {
            let (channel, event) = prepared?;
            let key = IdempotencyKey::new(&key)?;
            self.append_if(Condition::Once(key), &channel, &event).await
        }
    }

    /// Publishes an event if the channel still ends at `position`, which is what
    /// [`position`](Self::position) or a publish to it has returned: nobody has published to it since.
    /// So of those who decide by what they have read, and then publish at the place up to which they
    /// have read, one is first, and the others are told to read on and to decide again.
    ///
    /// ```
    /// use sse_runtime::hub::PublishError;
    /// use sse_runtime::log::AppendError;
    /// # use sse_runtime::hub::Hub;
    /// # use sse_runtime::log::MemoryLog;
    /// # use sse_runtime::{EventId, Problem, server_sent_events};
    /// # #[server_sent_events(event_name = "bid")]
    /// # trait Auction {
    /// #     async fn bids(&self, stream: impl BidsServerStream<u64>) -> Result<(), Problem>;
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let hub = Hub::new(MemoryLog::default(), AuctionBids);
    ///
    /// // Two read that 100 was bid, and both want to bid more.
    /// let seen = hub.publish("lot-7", &100).await?;
    /// let first = hub.publish_at("lot-7", &seen, &110).await?;
    /// match hub.publish_at("lot-7", &seen, &105).await {
    ///     Err(PublishError::Append(AppendError::Moved { end })) => {
    ///         assert_eq!(EventId::from(end), first); // there is a higher bid: read on
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`PublishError`]: elsewhere, [`AppendError::Moved`], with nothing published.
    pub fn publish_at<T>(
        &self,
        channel: &str,
        position: &EventId,
        event: &T,
    ) -> impl Future<Output = Result<EventId, PublishError>> + Send + use<'_, E, L, T>
    where
        E: Endpoint<T>,
    {
        let prepared = self.prepare::<T>(channel, event);
        let position = Cursor::try_from(position);
        async move {
            let (channel, event) = prepared?;
            self.append_if(Condition::At(position?), &channel, &event)
                .await
        }
    }

    /// Publishes the last event of a channel, and ends that for good: who subscribes gets it, and
    /// [`forward`](crate::ServerStream::forward) returns. So does who comes later, as long as the
    /// log remembers the channel; who comes back after that is answered 204, and stays away.
    ///
    /// # Errors
    ///
    /// [`PublishError`]; of a channel that has ended, [`AppendError::Ended`].
    pub fn publish_last<T>(
        &self,
        channel: &str,
        event: &T,
    ) -> impl Future<Output = Result<EventId, PublishError>> + Send + use<'_, E, L, T>
    where
        E: Endpoint<T>,
    {
        let prepared = self.prepare::<T>(channel, event);
        async move {
            let (channel, event) = prepared?;
            self.append(&channel, &event, true).await
        }
    }

    /// Publishes events all or none, with nothing of others between them. Returns their ids.
    ///
    /// Of a batch that is more than the log keeps of a channel only the newest events are left when it
    /// is there, and every subscriber is told of a gap.
    ///
    /// # Errors
    ///
    /// [`PublishError`]. Of an event that cannot be published, none is.
    pub fn publish_all<'a, T: 'a>(
        &self,
        channel: &str,
        events: impl IntoIterator<Item = &'a T>,
    ) -> impl Future<Output = Result<Vec<EventId>, PublishError>> + Send
    where
        E: Endpoint<T>,
    {
        let channel = self.scope.channel(channel);
        let batch = Batch::new::<E, T>(events);
        async move {
            let (channel, batch) = (channel?, batch?);
            self.append_all(&channel, &batch.records()?).await
        }
    }

    /// Ends a channel for good without a last event. Of one that has ended, nothing.
    ///
    /// # Errors
    ///
    /// [`PublishError::Channel`], [`PublishError::Append`].
    pub async fn close(&self, channel: &str) -> Result<(), PublishError> {
        let channel = self.scope.channel(channel)?;
        self.log.end(&channel, None).await?;
        Ok(())
    }

    /// Sends an event to who subscribes now, on every node, and to nobody later: it is not kept, has
    /// no id, and may be lost on the way, as to a subscriber that is slow.
    ///
    /// # Errors
    ///
    /// [`PublishError`].
    pub fn signal<T>(
        &self,
        channel: &str,
        event: &T,
    ) -> impl Future<Output = Result<(), PublishError>> + Send + use<'_, E, L, T>
    where
        E: Endpoint<T>,
    {
        let prepared = self.prepare::<T>(channel, event);
        async move {
            let (channel, event) = prepared?;
            let record = event.record()?;
            self.log.signal(&channel, &record).await?;
            if self.wildcard.is_some() {
                self.log
                    .signal(&self.scope.own(Own::Wildcard)?, &record)
                    .await?;
            }
            Ok(())
        }
    }

    fn prepare<T>(&self, channel: &str, event: &T) -> Result<(ChannelName, Encoded), PublishError>
    where
        E: Endpoint<T>,
    {
        Ok((self.scope.channel(channel)?, Encoded::new::<E, T>(event)?))
    }

    async fn append(
        &self,
        channel: &ChannelName,
        event: &Encoded,
        ends: bool,
    ) -> Result<EventId, PublishError> {
        let record = event.record()?;
        let _in_order = self.in_order().await;
        let id = match ends {
            true => self.log.end(channel, Some(&record)).await?,
            false => self.log.append(channel, &record).await?,
        };
        self.metrics.published(1);
        let id = EventId::from(id);
        self.append_for_all(std::slice::from_ref(&record), &id, None)
            .await?;
        Ok(id)
    }

    async fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        event: &Encoded,
    ) -> Result<EventId, PublishError> {
        if event.ends {
            return Err(PublishError::EndsStream);
        }
        let records = &[event.record()?];
        let _in_order = self.in_order().await;
        let Appended {
            places,
            is_repeated,
        } = self.log.append_if(condition, channel, records).await?;
        let Some(place) = places.first() else {
            return Err(AppendError::Unanswered("the log named no place".into()).into());
        };
        if !is_repeated {
            self.metrics.published(1);
        }
        let id = EventId::from(*place);
        let once = matches!(condition, Condition::Once(_)).then_some(channel);
        self.append_for_all(records, &id, once).await?;
        Ok(id)
    }

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<EventId>, PublishError> {
        let _in_order = self.in_order().await;
        let ids = self.log.append_all(channel, records).await?;
        self.metrics.published(ids.len());
        let ids: Vec<_> = ids.into_iter().map(EventId::from).collect();
        if let Some(id) = ids.last() {
            self.append_for_all(records, id, None).await?;
        }
        Ok(ids)
    }

    /// Until that is dropped nobody else in this process appends for all.
    async fn in_order(&self) -> Option<MutexGuard<'_, ()>> {
        Some(self.wildcard.as_ref()?.lock().await)
    }

    /// Whoever tries again may have come as far as the channel the first time, so that the rest is done
    /// `once`: with a key that says what was appended there, as publishers to other channels may have
    /// chosen the same.
    async fn append_for_all(
        &self,
        records: &[Record<'_>],
        id: &EventId,
        once: Option<&ChannelName>,
    ) -> Result<(), PublishError> {
        if self.wildcard.is_none() {
            return Ok(());
        }
        let all = self.scope.own(Own::Wildcard)?;
        let appended = match once {
            None => self.log.append_all(&all, records).await.map(drop),
            Some(channel) => {
                let key = format!("{id} {channel}");
                let once = Condition::Once(IdempotencyKey::new(&key)?);
                self.log.append_if(once, &all, records).await.map(drop)
            }
        };
        appended.map_err(|source| PublishError::Wildcard {
            id: id.clone(),
            source,
        })
    }
}
