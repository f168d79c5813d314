use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::BoxError;

use crate::log::{
    AppendError, Appended, ChannelName, Channels, Condition, Cursor, EventLog, Extent, Health,
    Keys, Limit, Page, Properties, ReadError, Record,
};

/// A log that fails, is slow or does not answer, as the test says: a hub on it shows what becomes of
/// its publishers and its streams.
///
/// A function is asked twice about each call: on its way to the log, and when the answer is on its way
/// back. It answers with a future, which may take its time or never be ready. An error of it on the
/// way there means that nothing was done ([`AppendError::Refused`]); on the way back it was done, and
/// nobody is told ([`AppendError::Unanswered`]). A read that fails either way is
/// [`ReadError::Unavailable`].
///
/// ```
/// use std::future::ready;
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use sse_runtime::hub::{Hub, PublishError};
/// use sse_runtime::log::{AppendError, MemoryLog};
/// use sse_runtime::testing::FaultyLog;
/// # use sse_runtime::{Problem, server_sent_events};
/// # #[server_sent_events(event_name = "said")]
/// # trait Rooms {
/// #     async fn room(&self, stream: impl RoomServerStream<String>) -> Result<(), Problem>;
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let is_down = Arc::new(AtomicBool::new(false));
/// let seen = Arc::clone(&is_down);
/// let log = FaultyLog::new(MemoryLog::default(), move |_call| {
///     ready(match seen.load(Ordering::Relaxed) {
///         true => Err("the engine is restarted".into()),
///         false => Ok(()),
///     })
/// });
/// let hub = Hub::new(log, RoomsRoom);
///
/// assert!(hub.publish("room", &"hello".to_owned()).await.is_ok());
/// is_down.store(true, Ordering::Relaxed);
/// let refused = hub.publish("room", &"anybody there?".to_owned()).await;
/// assert!(matches!(refused, Err(PublishError::Append(AppendError::Refused(_)))));
/// # }
/// ```
#[derive(Clone)]
pub struct FaultyLog<L> {
    log: L,
    fault: Arc<Fault>,
}

type Fault =
    dyn Fn(Call) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send + Sync;

/// A call of a [`FaultyLog`], or its answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// What is asked of the log.
    pub operation: Operation,
    /// Of which channel.
    pub channel: ChannelName,
    /// Which way it goes.
    pub leg: Leg,
}

/// What is asked of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// [`EventLog::append`] or [`EventLog::append_all`].
    Append,
    /// [`EventLog::end`].
    End,
    /// [`EventLog::read_after`].
    Read,
    /// [`EventLog::extent`].
    Extent,
    /// [`EventLog::rewind`].
    Rewind,
    /// [`EventLog::signal`].
    Signal,
}

/// Which way a [`Call`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leg {
    /// To the log.
    Request,
    /// Back to who asked.
    Answer,
}

impl<L: EventLog> FaultyLog<L> {
    /// `log`, but for what `fault` says of each call.
    pub fn new<F, Fut>(log: L, fault: F) -> Self
    where
        F: Fn(Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self {
            log,
            fault: Arc::new(move |call| Box::pin(fault(call))),
        }
    }

    async fn append<T>(
        &self,
        operation: Operation,
        channel: &ChannelName,
        appends: impl Future<Output = Result<T, AppendError>>,
    ) -> Result<T, AppendError> {
        let request = self.passes(operation, channel, Leg::Request).await;
        request.map_err(AppendError::Refused)?;
        let appended = appends.await?;
        let answer = self.passes(operation, channel, Leg::Answer).await;
        answer.map_err(AppendError::Unanswered)?;
        Ok(appended)
    }

    async fn read<T>(
        &self,
        operation: Operation,
        channel: &ChannelName,
        reads: impl Future<Output = Result<T, ReadError>>,
    ) -> Result<T, ReadError> {
        let request = self.passes(operation, channel, Leg::Request).await;
        request.map_err(ReadError::Unavailable)?;
        let read = reads.await?;
        let answer = self.passes(operation, channel, Leg::Answer).await;
        answer.map_err(ReadError::Unavailable)?;
        Ok(read)
    }

    fn passes(
        &self,
        operation: Operation,
        channel: &ChannelName,
        leg: Leg,
    ) -> impl Future<Output = Result<(), BoxError>> + Send + use<L> {
        (self.fault)(Call {
            operation,
            channel: channel.clone(),
            leg,
        })
    }
}

impl<L: EventLog> EventLog for FaultyLog<L> {
    type Watch = L::Watch;

    async fn append_all(
        &self,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Vec<Cursor>, AppendError> {
        let appends = self.log.append_all(channel, records);
        self.append(Operation::Append, channel, appends).await
    }

    async fn append(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<Cursor, AppendError> {
        let appends = self.log.append(channel, record);
        self.append(Operation::Append, channel, appends).await
    }

    async fn append_if(
        &self,
        condition: Condition<'_>,
        channel: &ChannelName,
        records: &[Record<'_>],
    ) -> Result<Appended, AppendError> {
        let appends = self.log.append_if(condition, channel, records);
        self.append(Operation::Append, channel, appends).await
    }

    async fn end(
        &self,
        channel: &ChannelName,
        last: Option<&Record<'_>>,
    ) -> Result<Cursor, AppendError> {
        let ends = self.log.end(channel, last);
        self.append(Operation::End, channel, ends).await
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        let reads = self.log.read_after(channel, cursor, limit);
        self.read(Operation::Read, channel, reads).await
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        let reads = self.log.extent(channel);
        self.read(Operation::Extent, channel, reads).await
    }

    async fn rewind(&self, channel: &ChannelName, records: usize) -> Result<Cursor, ReadError> {
        let reads = self.log.rewind(channel, records);
        self.read(Operation::Rewind, channel, reads).await
    }

    fn watch(&self, channels: &Channels) -> L::Watch {
        self.log.watch(channels)
    }

    fn watch_keys(&self, channels: &Channels, keys: &Keys) -> L::Watch {
        self.log.watch_keys(channels, keys)
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        let signals = self.log.signal(channel, record);
        self.append(Operation::Signal, channel, signals).await
    }

    fn properties(&self) -> Properties {
        self.log.properties()
    }

    fn health(&self) -> Health {
        self.log.health()
    }
}

impl<L: fmt::Debug> fmt::Debug for FaultyLog<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyLog")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}
