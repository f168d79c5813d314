//! What an engine on the network does. All else is the same of all of them.

use std::time::Duration;

use super::super::{
    AppendError, ChannelName, Condition, Cursor, Extent, Limit, Page, Properties, ReadError, Record,
};

/// Asks the engine. Nothing here is kept or waited for: each call is a question and its answer, or an
/// error within the time that the engine's options allow.
pub(crate) trait Engine: Send + Sync + 'static {
    /// As metrics call it.
    const NAME: &'static str;
    const PROPERTIES: Properties;

    /// What it keeps of each channel at least.
    fn retention(&self) -> Retention {
        Retention::default()
    }

    /// Appends, ends, or both, in one step that is all or nothing, and hints to all nodes.
    fn append(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> impl Future<Output = Result<Written, AppendError>> + Send;

    /// As [`EventLog::read_after`](super::super::EventLog::read_after).
    fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> impl Future<Output = Result<Page, ReadError>> + Send;

    /// As [`EventLog::extent`](super::super::EventLog::extent).
    fn extent(
        &self,
        channel: &ChannelName,
    ) -> impl Future<Output = Result<Extent, ReadError>> + Send;

    /// As [`EventLog::rewind`](super::super::EventLog::rewind).
    fn rewind(
        &self,
        channel: &ChannelName,
        records: usize,
    ) -> impl Future<Output = Result<Cursor, ReadError>> + Send;

    /// Where channels end now, in their order: what is asked now and then of those that are watched,
    /// in case a hint was lost. A channel that the engine could forget while it is watched is kept.
    fn ends(
        &self,
        channels: &[ChannelName],
    ) -> impl Future<Output = Result<Vec<End>, ReadError>> + Send;

    /// As [`EventLog::signal`](super::super::EventLog::signal).
    fn signal(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> impl Future<Output = Result<(), AppendError>> + Send;
}

/// What is kept of a channel. Nothing can be said by default: then watches of keys are woken for
/// everything, as the log could pass them by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Retention {
    pub(crate) events: u64,
    pub(crate) age: Duration,
}

/// What is to be written in one step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write<'a> {
    pub(crate) records: &'a [Record<'a>],
    /// Whether the channel ends with them.
    pub(crate) ends: bool,
    pub(crate) condition: Option<Condition<'a>>,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The place behind each record.
    pub(crate) places: Vec<Cursor>,
    /// The end of the channel now.
    pub(crate) end: Cursor,
    /// Whether the records were written before, with the same key, and nothing now.
    pub(crate) is_repeated: bool,
}

/// Where a channel ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) newest: Cursor,
    pub(crate) ended: bool,
}
