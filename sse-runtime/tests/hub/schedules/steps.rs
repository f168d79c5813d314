//! The log in memory, as if it were at the other end of a connection: each call takes a step on its
//! way there, and each answer one on its way back.

use sse_runtime::log::*;

use super::tasks::step;

pub(crate) struct Steps(pub(crate) MemoryLog);

impl EventLog for Steps {
    type Watch = MemoryWatch;

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<Cursor>, AppendError> {
        step().await;
        self.0.append_all(channel, records).await
    }

    async fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<Cursor, AppendError> {
        step().await;
        self.0.append(channel, record).await
    }

    async fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> Result<Cursor, AppendError> {
        step().await;
        self.0.end(channel, last).await
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        step().await;
        let page = self.0.read_after(channel, cursor, limit).await;
        step().await;
        page
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        let extent = self.0.extent(channel).await;
        step().await;
        extent
    }

    fn watch(&self, channels: &Channels) -> MemoryWatch {
        self.0.watch(channels)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        step().await;
        self.0.signal(channel, record).await
    }

    fn properties(&self) -> Properties {
        self.0.properties()
    }
}
