//! Signals: rows that are kept for some seconds, of which a node reads what it has not seen.
//!
//! Not the payload of a notice: that takes less than 8000 bytes, and who polls hears none.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::super::remote::Mirrors;
use super::super::{ChannelName, Record};
use super::link::Link;

pub(super) struct Signals {
    link: Arc<Link>,
    mirrors: Arc<Mirrors>,
    read: String,
    /// Told that there may be more.
    more: Arc<Notify>,
}

impl Signals {
    pub(super) fn new(
        link: &Arc<Link>,
        mirrors: &Arc<Mirrors>,
        schema: &str,
        more: &Arc<Notify>,
    ) -> Self {
        Self {
            link: Arc::clone(link),
            mirrors: Arc::clone(mirrors),
            read: format!("select * from {schema}.sse_signals($1::text::pg_snapshot)"),
            more: Arc::clone(more),
        }
    }

    /// Reads what there is whenever it is told.
    pub(super) async fn run(&self) -> Infallible {
        // What was visible when it last read: the rest is new.
        let mut seen: Option<String> = None;
        let mut nth = self.link.nth();
        loop {
            self.more.notified().await;
            if self.link.nth() != nth {
                // A server that took over may be behind what the other had shown.
                nth = self.link.nth();
                seen = None;
            }
            // They may be lost, and the link tells of its troubles by itself.
            let Ok(rows) = self.link.ask(&self.read, &[(&seen, Type::TEXT)]).await else {
                continue;
            };
            let Some((first, rows)) = rows.split_first() else {
                continue;
            };
            seen = first.try_get(0).ok();
            for row in rows {
                // What is none of ours is nobody's.
                let _ = self.tell(row);
            }
        }
    }

    fn tell(&self, row: &Row) -> Option<()> {
        let channel = ChannelName::new(row.try_get::<_, &str>(1).ok()?).ok()?;
        let record = Record::new(row.try_get(3).ok()?).ok()?;
        let key: Option<&[u8]> = row.try_get(2).ok()?;
        let key = key.map(std::str::from_utf8).transpose().ok()?;
        let wire = [record.lines(), b"\n"].concat();
        self.mirrors
            .signalled(&channel, key.map(Arc::from), wire.into());
        Some(())
    }
}
