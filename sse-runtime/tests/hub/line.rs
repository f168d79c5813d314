//! A log that fails.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use sse_runtime::log::*;

/// The way of a node to the log, which can be cut: then nothing is answered any more, and others see
/// of it what they see of a node that dies.
pub(crate) struct Line {
    log: MemoryLog,
    is_cut: AtomicBool,
    unreadable: Mutex<Option<ChannelName>>,
}

impl Line {
    pub(crate) fn to(log: MemoryLog) -> Arc<Self> {
        Arc::new(Self {
            log,
            is_cut: AtomicBool::new(false),
            unreadable: Mutex::default(),
        })
    }

    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    /// From now on that channel cannot be read, or all can again.
    pub(crate) fn keep_from(&self, channel: Option<&str>) {
        let channel = channel.map(|name| ChannelName::new(name).expect("a name"));
        *self.unreadable.lock().expect("not poisoned") = channel;
    }
}

impl EventLog for Line {
    type Watch = MemoryWatch;

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<Cursor>, AppendError> {
        self.log.append_all(channel, records).await
    }

    async fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<Cursor, AppendError> {
        self.log.append(channel, record).await
    }

    async fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> Result<Cursor, AppendError> {
        self.log.end(channel, last).await
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        let is_unreadable = self.unreadable.lock().expect("not poisoned").as_ref() == Some(channel);
        match is_unreadable {
            true => Err(ReadError::Unavailable(
                "redis://user:secret@10.0.0.7".into(),
            )),
            false => self.log.read_after(channel, cursor, limit).await,
        }
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        self.log.extent(channel).await
    }

    fn watch(&self, channels: &Channels) -> MemoryWatch {
        self.log.watch(channels)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        match self.is_cut.load(Ordering::Relaxed) {
            true => std::future::pending().await,
            false => self.log.signal(channel, record).await,
        }
    }

    fn properties(&self) -> Properties {
        self.log.properties()
    }
}
