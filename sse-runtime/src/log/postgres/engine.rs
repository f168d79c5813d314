//! The questions of a log, and how Postgres is asked them.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_postgres::types::Type;

use super::super::remote::{End, Engine, Retention, Write, Written};
use super::super::{
    AppendError, ChannelName, Cursor, Extent, Limit, Page, Properties, ReadError, Record,
};
use super::link::Link;
use super::rows::State;
use super::writer::Writer;

/// So many channels are asked for in one question.
const MAX_ASKED: usize = 1000;

/// Asks where channels end, and what is in them.
pub(super) struct Reader {
    link: Arc<Link>,
    extents: String,
    read: String,
}

impl Reader {
    pub(super) fn new(link: &Arc<Link>, schema: &str) -> Self {
        Self {
            link: Arc::clone(link),
            extents: format!("select * from {schema}.sse_extents($1)"),
            read: format!("select * from {schema}.sse_read($1, $2, $3, $4, $5)"),
        }
    }

    async fn states(&self, channels: &[ChannelName]) -> Result<Vec<State>, ReadError> {
        let mut states = Vec::with_capacity(channels.len());
        for channels in channels.chunks(MAX_ASKED) {
            let names: Vec<_> = channels.iter().map(ChannelName::as_str).collect();
            let with = [(&names as _, Type::TEXT_ARRAY)];
            let rows = self.link.ask(&self.extents, &with).await?;
            for (name, row) in channels.iter().zip(&rows) {
                states.push(State::of(row, name)?);
            }
        }
        match states.len() == channels.len() {
            true => Ok(states),
            false => Err(ReadError::Unreadable(
                "Postgres answered of fewer channels than it was asked for".into(),
            )),
        }
    }

    async fn state(&self, channel: &ChannelName) -> Result<State, ReadError> {
        let states = self.states(std::slice::from_ref(channel)).await?;
        let state = states.into_iter().next();
        state.ok_or_else(|| ReadError::Unreadable("Postgres answered nothing".into()))
    }

    pub(super) async fn ends(&self, channels: &[ChannelName]) -> Result<Vec<End>, ReadError> {
        let states = self.states(channels).await?;
        let ends = states.iter().map(|state| End {
            newest: state.end(),
            ended: state.ended,
        });
        Ok(ends.collect())
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        let signed = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let frame = "id: -\n\n".len() + cursor.epoch().digits();
        let with = [
            (&channel.as_str() as _, Type::TEXT),
            (
                &i64::try_from(cursor.seq()).unwrap_or(i64::MAX) as _,
                Type::INT8,
            ),
            (&signed(limit.records()) as _, Type::INT8),
            (&signed(limit.bytes()) as _, Type::INT8),
            (&signed(frame) as _, Type::INT8),
        ];
        let rows = self.link.ask(&self.read, &with).await?;
        let Some((state, records)) = rows.split_first() else {
            return Err(ReadError::Unreadable("Postgres answered nothing".into()));
        };
        let state = State::of(state, channel)?;
        Ok(state.page(cursor, records)?)
    }
}

pub(super) struct PostgresEngine {
    pub(super) writer: Writer,
    pub(super) reader: Arc<Reader>,
    /// What signals are sent over.
    pub(super) writes: Arc<Link>,
    pub(super) shout: String,
    pub(super) retention: Retention,
    /// All that runs on behalf of the log, and ends with it.
    pub(super) _tasks: JoinSet<()>,
}

impl Engine for PostgresEngine {
    const NAME: &'static str = "postgres";
    const PROPERTIES: Properties = Properties::ALL;

    fn retention(&self) -> Retention {
        self.retention
    }

    async fn append(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> Result<Written, AppendError> {
        self.writer.append(channel, write).await
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        self.reader.read_after(channel, cursor, limit).await
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        Ok(self.reader.state(channel).await?.extent())
    }

    async fn rewind(&self, channel: &ChannelName, records: usize) -> Result<Cursor, ReadError> {
        Ok(self.reader.state(channel).await?.rewind(records))
    }

    async fn ends(&self, channels: &[ChannelName]) -> Result<Vec<End>, ReadError> {
        self.reader.ends(channels).await
    }

    async fn signal(&self, channel: &ChannelName, record: &Record<'_>) -> Result<(), AppendError> {
        let key = record.key().map(str::as_bytes);
        let with = [
            (&channel.as_str() as _, Type::TEXT),
            (&key as _, Type::BYTEA),
            (&record.lines() as _, Type::BYTEA),
        ];
        self.writes.ask(&self.shout, &with).await?;
        Ok(())
    }
}
