//! The trait of all logs, for those on the network.

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
