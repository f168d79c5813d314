//! What logs on the network have in common: what a node keeps of the channels that are watched there,
//! so that each is read once, however many follow it.
//!
//! An [`Engine`] asks; [`Remote`] answers whoever it can from the [`Mirrors`], and asks the engine for
//! the rest. The engine's own task tells the mirrors what it hears:
//!
//! ```text
//! engine ── hint, signal ──▶ mirrors ── wakes ──▶ watches
//!    ◀───── reads once ───────┘   ▲
//!                                 └── reads ── subscribers
//! ```

mod connect;
mod engine;
mod lives;
mod mirrors;
mod watch;

use std::sync::Arc;

pub use connect::ConnectError;
pub(crate) use engine::{End, Engine, Write, Written};
pub(crate) use lives::Lives;
pub(crate) use mirrors::{Interest, Mirrors};
pub use watch::RemoteWatch;

use super::{
    AppendError, ChannelName, Channels, Condition, Cursor, Extent, Health, Keys, Limit, Page,
    ReadError, Record,
};

/// A log on the network.
pub(crate) struct Remote<E> {
    engine: Arc<E>,
    mirrors: Arc<Mirrors>,
}

impl<E: Engine> Remote<E> {
    /// Around an engine that tells those mirrors what it hears. Within a runtime of tokio, which it
    /// needs as long as it is used.
    pub(crate) fn new(engine: Arc<E>, mirrors: Arc<Mirrors>) -> Self {
        Self { engine, mirrors }
    }

    pub(crate) fn engine(&self) -> &E {
        &self.engine
    }

    pub(crate) async fn write(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> Result<Written, AppendError> {
        let written = self.engine.append(channel, write).await?;
        self.mirrors.hinted(channel, Some(written.end));
        Ok(written)
    }

    pub(crate) async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        self.engine.read_after(channel, cursor, limit).await
    }

    pub(crate) async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        self.engine.extent(channel).await
    }

    pub(crate) async fn rewind(
        &self,
        channel: &ChannelName,
        records: usize,
    ) -> Result<Cursor, ReadError> {
        self.engine.rewind(channel, records).await
    }

    pub(crate) fn watch(&self, channels: &Channels, keys: Option<&Keys>) -> RemoteWatch {
        RemoteWatch::new(&self.mirrors, channels, keys)
    }

    pub(crate) async fn signal(
        &self,
        channel: &ChannelName,
        record: &Record<'_>,
    ) -> Result<(), AppendError> {
        self.engine.signal(channel, record).await
    }

    pub(crate) fn health(&self) -> Health {
        self.mirrors.health()
    }
}

/// The trait for a log that is a `Remote` in its field `remote`.
macro_rules! remote_log {
    ($log:ty, $engine:ty) => {
        impl $crate::log::EventLog for $log {
            type Watch = $crate::log::RemoteWatch;

            async fn append_all(
                &self,
                channel: &$crate::log::ChannelName,
                records: &[$crate::log::Record<'_>],
            ) -> Result<Vec<$crate::log::Cursor>, $crate::log::AppendError> {
                if records.is_empty() {
                    return Ok(Vec::new());
                }
                let write = $crate::log::remote::Write {
                    records,
                    ends: false,
                    condition: None,
                };
                Ok(self.remote.write(channel, write).await?.places)
            }

            async fn append(
                &self,
                channel: &$crate::log::ChannelName,
                record: &$crate::log::Record<'_>,
            ) -> Result<$crate::log::Cursor, $crate::log::AppendError> {
                let records = std::slice::from_ref(record);
                let write = $crate::log::remote::Write {
                    records,
                    ends: false,
                    condition: None,
                };
                Ok(self.remote.write(channel, write).await?.end)
            }

            async fn append_if(
                &self,
                condition: $crate::log::Condition<'_>,
                channel: &$crate::log::ChannelName,
                records: &[$crate::log::Record<'_>],
            ) -> Result<$crate::log::Appended, $crate::log::AppendError> {
                if records.is_empty() {
                    return Ok($crate::log::Appended {
                        places: Vec::new(),
                        is_repeated: false,
                    });
                }
                let condition = Some(condition);
                let write = $crate::log::remote::Write {
                    records,
                    ends: false,
                    condition,
                };
                let written = self.remote.write(channel, write).await?;
                Ok($crate::log::Appended {
                    places: written.places,
                    is_repeated: written.is_repeated,
                })
            }

            async fn end(
                &self,
                channel: &$crate::log::ChannelName,
                last: Option<&$crate::log::Record<'_>>,
            ) -> Result<$crate::log::Cursor, $crate::log::AppendError> {
                let records = last.map_or(&[][..], std::slice::from_ref);
                let write = $crate::log::remote::Write {
                    records,
                    ends: true,
                    condition: None,
                };
                Ok(self.remote.write(channel, write).await?.end)
            }

            async fn read_after(
                &self,
                channel: &$crate::log::ChannelName,
                cursor: $crate::log::Cursor,
                limit: $crate::log::Limit,
            ) -> Result<$crate::log::Page, $crate::log::ReadError> {
                self.remote.read_after(channel, cursor, limit).await
            }

            async fn extent(
                &self,
                channel: &$crate::log::ChannelName,
            ) -> Result<$crate::log::Extent, $crate::log::ReadError> {
                self.remote.extent(channel).await
            }

            async fn rewind(
                &self,
                channel: &$crate::log::ChannelName,
                records: usize,
            ) -> Result<$crate::log::Cursor, $crate::log::ReadError> {
                self.remote.rewind(channel, records).await
            }

            fn watch(&self, channels: &$crate::log::Channels) -> $crate::log::RemoteWatch {
                self.remote.watch(channels, None)
            }

            fn watch_keys(
                &self,
                channels: &$crate::log::Channels,
                keys: &$crate::log::Keys,
            ) -> $crate::log::RemoteWatch {
                self.remote.watch(channels, Some(keys))
            }

            async fn signal(
                &self,
                channel: &$crate::log::ChannelName,
                record: &$crate::log::Record<'_>,
            ) -> Result<(), $crate::log::AppendError> {
                self.remote.signal(channel, record).await
            }

            fn properties(&self) -> $crate::log::Properties {
                <$engine as $crate::log::remote::Engine>::PROPERTIES
            }

            fn health(&self) -> $crate::log::Health {
                self.remote.health()
            }
        }
    };
}
pub(crate) use remote_log;
