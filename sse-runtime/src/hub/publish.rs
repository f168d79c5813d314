//! Into the log.

use tokio::sync::MutexGuard;

use super::encoded::{Batch, Encoded};
use super::scope::Own;
use super::{Hub, PublishError};
use crate::describe::{Described, Endpoint};
use crate::log::{ChannelName, Cursor, EventLog, Record};
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

    /// Publishes the last event of a channel, and ends that for good: who subscribes gets it, and
    /// [`forward`](crate::ServerStream::forward) returns. So does who comes later, as long as the
    /// log remembers the channel; who comes back after that is answered 204, and stays away.
    ///
    /// # Errors
    ///
    /// [`PublishError`]; of a channel that has ended, [`AppendError::Ended`](crate::log::AppendError::Ended).
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
        self.append_for_all(std::slice::from_ref(&record), &id)
            .await?;
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
            self.append_for_all(records, id).await?;
        }
        Ok(ids)
    }

    /// Until that is dropped nobody else in this process appends for all.
    async fn in_order(&self) -> Option<MutexGuard<'_, ()>> {
        Some(self.wildcard.as_ref()?.lock().await)
    }

    async fn append_for_all(
        &self,
        records: &[Record<'_>],
        id: &EventId,
    ) -> Result<(), PublishError> {
        if self.wildcard.is_none() {
            return Ok(());
        }
        let appended = self
            .log
            .append_all(&self.scope.own(Own::Wildcard)?, records)
            .await;
        match appended {
            Ok::<Vec<Cursor>, _>(_) => Ok(()),
            Err(source) => Err(PublishError::Wildcard {
                id: id.clone(),
                source,
            }),
        }
    }
}
