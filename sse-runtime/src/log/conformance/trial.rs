//! What the properties are tried with.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

use super::super::{
    AppendError, Changed, ChannelName, Channels, Cursor, Epoch, EventLog, InvalidChannelName,
    InvalidChannels, InvalidIdempotencyKey, InvalidRecord, Limit, ReadError, Record, Run, Standing,
    Watch,
};

/// How long a hint may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a property does not hold.
pub(super) struct Breach(pub(super) String);

pub(super) type Held = Result<(), Breach>;

macro_rules! breach_of {
    ($($error:ty)*) => {$(
        impl From<$error> for Breach {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        }
    )*};
}

breach_of! {
    AppendError ReadError InvalidRecord InvalidChannelName InvalidChannels InvalidIdempotencyKey
}

/// Not an assertion: the others are still to be tried.
#[expect(
    clippy::needless_pass_by_value,
    reason = "most are made for the comparison"
)]
pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, is: T, should_be: T) -> Held {
    if is == should_be {
        return Ok(());
    }
    Err(Breach(format!("{what}: {is:?}, not {should_be:?}")))
}

pub(super) fn holds(what: &str, it: bool) -> Held {
    same(what, it, true)
}

/// A record that was read, on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) cursor: Cursor,
    pub(super) lines: String,
}

pub(super) struct Trial<'a, L> {
    pub(super) log: &'a L,
    /// In the names of its channels, so that no other trial has them.
    number: Epoch,
}

impl<'a, L: EventLog> Trial<'a, L> {
    pub(super) fn new(log: &'a L) -> Self {
        let number = Epoch::random();
        Self { log, number }
    }

    pub(super) fn channel(&self, name: &str) -> Result<ChannelName, Breach> {
        let name = format!("conformance/{}/{name}", self.number);
        Ok(ChannelName::new(name)?)
    }

    pub(super) fn watch(&self, channels: &[&ChannelName]) -> Result<L::Watch, Breach> {
        let channels = channels.iter().map(|name| (*name).clone());
        Ok(self.log.watch(&Channels::new(channels)?))
    }

    pub(super) async fn append(&self, channel: &ChannelName, data: &str) -> Result<Read, Breach> {
        let lines = format!("data: {data}\n");
        let record = Record::new(lines.as_bytes())?;
        let cursor = self.log.append(channel, &record).await?;
        Ok(Read { cursor, lines })
    }

    /// Appends one record for each of `data` in one batch.
    pub(super) async fn append_all(
        &self,
        channel: &ChannelName,
        data: impl IntoIterator<Item = String>,
    ) -> Result<Vec<Read>, Breach> {
        let lines: Vec<_> = data.into_iter().map(|it| format!("data: {it}\n")).collect();
        let records = lines.iter().map(|lines| Record::new(lines.as_bytes()));
        let records = records.collect::<Result<Vec<_>, _>>()?;
        let cursors = self.log.append_all(channel, &records).await?;
        same("ids of a batch", cursors.len(), lines.len())?;
        let appended = cursors.into_iter().zip(lines);
        Ok(appended
            .map(|(cursor, lines)| Read { cursor, lines })
            .collect())
    }

    pub(super) async fn start(&self, channel: &ChannelName) -> Result<Cursor, Breach> {
        Ok(self.log.extent(channel).await?.newest)
    }

    /// Reads to the end, however many pages it takes.
    pub(super) async fn read_all(
        &self,
        channel: &ChannelName,
        mut after: Cursor,
        limit: Limit,
    ) -> Result<Vec<Read>, Breach> {
        let mut all = Vec::new();
        loop {
            let page = self.log.read_after(channel, after, limit).await?;
            same("the cursor", page.standing(), Standing::Contiguous)?;
            all.extend(page.runs().flat_map(read));
            if !page.has_more() {
                return Ok(all);
            }
            holds("a page with more behind it moves on", page.next() != after)?;
            after = page.next();
        }
    }

    /// All that the log holds of the channel.
    pub(super) async fn holds(&self, channel: &ChannelName) -> Result<Vec<Read>, Breach> {
        let oldest = self.log.extent(channel).await?.oldest;
        self.read_all(channel, oldest, Limit::default()).await
    }
}

/// The records of a run.
pub(super) fn read(run: &Run) -> impl Iterator<Item = Read> {
    run.entries().map(|entry| Read {
        cursor: entry.cursor(),
        lines: String::from_utf8_lossy(entry.lines()).into_owned(),
    })
}

pub(super) async fn hint(watch: &mut impl Watch) -> Result<Changed, Breach> {
    hint_within(PATIENCE, watch)
        .await
        .ok_or_else(|| Breach(format!("no hint came within {PATIENCE:?}")))
}

pub(super) async fn hint_within(patience: Duration, watch: &mut impl Watch) -> Option<Changed> {
    timeout(patience, watch.changed()).await.ok()
}

/// Lets all of them go on at once; their outputs in their order.
pub(super) async fn at_once<T>(
    futures: impl IntoIterator<Item = impl Future<Output = T>>,
) -> Vec<T> {
    enum Either<F, T> {
        Running(Pin<Box<F>>),
        Over(T),
    }
    let running = |future| Either::Running(Box::pin(future));
    let mut futures: Vec<_> = futures.into_iter().map(running).collect();
    poll_fn(|cx| {
        let mut all = Poll::Ready(());
        for future in &mut futures {
            if let Either::Running(running) = future {
                match running.as_mut().poll(cx) {
                    Poll::Ready(output) => *future = Either::Over(output),
                    Poll::Pending => all = Poll::Pending,
                }
            }
        }
        all
    })
    .await;
    let outputs = futures.into_iter().filter_map(|future| match future {
        Either::Over(output) => Some(output),
        Either::Running(_) => None,
    });
    outputs.collect()
}
