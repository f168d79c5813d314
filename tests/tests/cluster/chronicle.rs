//! What is in the log, read from it directly and past all that is broken.

use std::sync::Arc;

use sse_runtime::log::{ChannelName, Cursor, Entry, EventLog, Limit, ReadError, Run, Standing};
use tests::node::Number;

use crate::reader::Places;

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) at: Cursor,
    pub(crate) publisher: u32,
    pub(crate) n: u64,
}

/// All that was ever appended to some channels, in their order. It has to read on before the log
/// forgets anything.
pub(crate) struct Chronicle<L> {
    log: L,
    channels: Vec<Channel>,
    ends: Arc<Places>,
    published: Arc<Places>,
}

struct Channel {
    name: ChannelName,
    next: Cursor,
    logged: Vec<Logged>,
}

impl<L: EventLog> Chronicle<L> {
    /// Of channels to which nothing was appended yet.
    pub(crate) async fn begin(log: L, names: &[String], ends: Arc<Places>) -> Self {
        let mut channels = Vec::new();
        for name in names {
            let name: ChannelName = name.parse().expect("a name");
            let extent = log.extent(&name).await.expect("the log can be read");
            assert!(!extent.exists, "{name} is an old channel");
            channels.push(Channel {
                next: extent.newest,
                name,
                logged: Vec::new(),
            });
        }
        Self {
            log,
            published: Arc::new(Places::new(channels.len())),
            channels,
            ends,
        }
    }

    /// Writes down what was appended since; whether that was anything.
    pub(crate) async fn read_on(&mut self) -> Result<bool, ReadError> {
        let mut has_more = false;
        for (index, channel) in self.channels.iter_mut().enumerate() {
            loop {
                let page = self
                    .log
                    .read_after(&channel.name, channel.next, Limit::default());
                let page = page.await?;
                let (name, standing) = (&channel.name, page.standing());
                assert_eq!(
                    standing,
                    Standing::Contiguous,
                    "{name} after {}",
                    channel.next
                );
                has_more |= !page.is_empty();
                channel.next = page.next();
                channel
                    .logged
                    .extend(page.runs().flat_map(Run::entries).map(logged));
                self.ends.set(index, channel.next.seq());
                self.published.set(index, channel.logged.len() as u64);
                if !page.has_more() {
                    break;
                }
            }
        }
        Ok(has_more)
    }

    pub(crate) fn channel(&self, index: usize) -> &[Logged] {
        &self.channels[index].logged
    }

    /// How many records each channel has had.
    pub(crate) fn published(&self) -> &Arc<Places> {
        &self.published
    }

    pub(crate) fn len(&self) -> usize {
        self.channels.len()
    }

    pub(crate) fn log(&self) -> &L {
        &self.log
    }
}

fn logged(entry: Entry<'_>) -> Logged {
    let lines = str::from_utf8(entry.lines()).expect("text");
    let data = lines.lines().find_map(|line| line.strip_prefix("data: "));
    let number: Number = serde_json::from_str(data.expect("data")).expect("a number");
    Logged {
        at: entry.cursor(),
        publisher: number.publisher,
        n: number.n,
    }
}
