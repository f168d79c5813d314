//! Reads a log on, for one subscriber.

use std::error::Error;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep};

use super::batch::Batch;
use super::follow::{Follow, Start};
use super::seats::Seat;
use super::subscribe::Asked;
use super::{Deliver, Gap, GapReason, OnGap, OnLag, SubscribeError};
use crate::log::{ChannelName, Cursor, EventLog, Page, Property, ReadError, Standing, Watch};
use crate::metrics;
#[cfg(feature = "server")]
use crate::wire::EventId;

/// What there is to a subscription, whatever its endpoint.
pub(crate) struct Reader<L: EventLog> {
    log: Arc<L>,
    watch: L::Watch,
    alarm: Alarm,
    /// Where it is not hinted of all that is appended.
    reads_on_after: Option<Duration>,
    pub(super) follow: Follow,
    pub(super) asked: Asked,
    /// What was read and not taken yet, as the reading of another channel goes on.
    batch: Batch,
    is_first: bool,
    /// Whether there is somebody who resumes.
    is_resumable: bool,
    metrics: metrics::Subscription,
    _seat: Seat,
}

/// When to read on without a hint.
#[derive(Default)]
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    fn poll(&mut self, after: Duration, cx: &mut Context<'_>) -> Poll<()> {
        // Outside of a runtime there are no timers, and hints are all there is.
        if self.0.is_none() && Handle::try_current().is_err() {
            return Poll::Pending;
        }
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep(after)));
        ready!(sleep.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(())
    }
}

/// Records that nobody was hinted of grow old as others do, and whoever is still before them would
/// seem to have missed them.
const READ_ON: Duration = Duration::from_secs(15);

/// How long to leave channels alone that could not be read, so many times in a row.
fn patience(retries: u32) -> Duration {
    let longest = Duration::from_millis(100) * 2_u32.saturating_pow(retries.min(6));
    longest
        .min(Duration::from_secs(5))
        .mul_f64(0.5 + 0.5 * fastrand::f64())
}

/// What a subscriber gets.
pub(crate) enum Taken {
    /// Something to write, or nothing yet.
    Batch(Batch),
    /// Nothing any more: all channels have ended.
    Over,
    /// Nothing: it was asked to end a stream that is so far behind.
    Behind(Gap),
}

impl<L: EventLog> Reader<L> {
    /// For somebody who takes a seat. The watch came before anything was read.
    pub(super) fn new(
        log: Arc<L>,
        watch: L::Watch,
        follow: Follow,
        asked: Asked,
        metrics: metrics::Subscription,
        seat: Seat,
    ) -> Self {
        let is_hinted_of_all = asked.select.keys().is_none();
        Self {
            log,
            watch,
            alarm: Alarm::default(),
            reads_on_after: (!is_hinted_of_all).then_some(READ_ON),
            follow,
            asked,
            batch: Batch::default(),
            is_first: true,
            is_resumable: true,
            metrics,
            _seat: seat,
        }
    }

    /// The id of the place from which it began, once something was taken; then no more.
    #[cfg(feature = "server")]
    pub(crate) fn take_beginning(&mut self) -> Option<EventId> {
        self.follow.take_beginning()
    }

    /// Reads as much in one turn as a stream has room for.
    #[cfg(feature = "server")]
    pub(crate) fn reads_for(&mut self, room: usize) {
        self.follow.turn = room;
    }

    /// Nobody resumes this: no block is written for an id alone.
    #[cfg(feature = "server")]
    pub(crate) fn is_read_once(&mut self) {
        self.is_resumable = false;
    }

    /// Whether the newest event of a key replaces those before it.
    #[cfg(feature = "server")]
    pub(crate) fn conflates(&self) -> bool {
        self.asked.conflates
    }

    /// Waits until there is something to take.
    pub(crate) async fn ready(&mut self) {
        while !self.follow.has_work() && !self.follow.is_over() {
            let (watch, alarm) = (&mut self.watch, &mut self.alarm);
            let alarm_after = self.follow.retries().map(patience).or(self.reads_on_after);
            let changed = poll_fn(|cx| match watch.poll_changed(cx) {
                Poll::Pending => match alarm_after {
                    Some(after) => alarm.poll(after, cx).map(|()| None),
                    None => Poll::Pending,
                },
                Poll::Ready(changed) => Poll::Ready(Some(changed)),
            });
            match changed.await {
                Some(changed) => self.follow.mark(changed),
                None => self.follow.mark_all(),
            }
        }
    }

    /// Takes what there is, as much as a stream has room for. A channel that cannot be read is left for
    /// later, but for the first time: its clients are better off waiting here than coming back.
    pub(crate) async fn take(&mut self) -> Result<Taken, SubscribeError> {
        // An id that is foreign is known to be before anything is read.
        if let Some(end) = self.tell_gap()? {
            return Ok(end);
        }
        for _ in 0..self.follow.len() {
            let Some(index) = self.follow.next_to_read() else {
                break;
            };
            match self.read_channel(index).await {
                Err(SubscribeError::Read(error @ ReadError::Unavailable(_))) if !self.is_first => {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "a channel cannot be read; it is tried again"
                    );
                    self.follow.rest(index);
                    self.alarm = Alarm::default();
                }
                read => read?,
            }
            // The first time all are looked at, so that whatever is missing is one gap.
            if self.batch.wire.len() >= self.follow.turn && !self.is_first {
                break;
            }
        }
        if let Some(end) = self.tell_gap()? {
            return Ok(end);
        }
        self.is_first = false;
        let Batch {
            events, left_out, ..
        } = self.batch;
        self.metrics.read(events, left_out, self.follow.is_behind());
        // What was signalled before the end is not left behind with it.
        if self.follow.begin_signals() || self.follow.is_over() {
            while let Some(signal) = self.watch.take_signal() {
                let batch = &mut self.batch;
                self.follow.send_signal(&self.asked.select, &signal, batch);
            }
        }
        if self.is_resumable {
            self.follow.tell_place(&mut self.batch)?;
        }
        let batch = mem::take(&mut self.batch);
        if batch.wire.is_empty() && self.follow.is_over() {
            return Ok(Taken::Over);
        }
        Ok(Taken::Batch(batch))
    }

    /// Tells of what is missing, unless that is to end the stream.
    fn tell_gap(&mut self) -> Result<Option<Taken>, SubscribeError> {
        // One that ends the stream stays, so that asking again changes nothing.
        let Some(gap) = self.follow.gap() else {
            return Ok(None);
        };
        self.metrics.missed(gap);
        match (self.is_first, self.asked.on_gap, self.asked.on_lag) {
            (true, OnGap::Gone, _) => Err(SubscribeError::Gone(gap)),
            (true, OnGap::NoContent, _) => Ok(Some(Taken::Over)),
            (false, _, OnLag::Disconnect) => Ok(Some(Taken::Behind(gap))),
            (true, OnGap::Tell, _) | (false, _, OnLag::Tell) => {
                self.follow.tell_gap(gap, &mut self.batch)?;
                Ok(None)
            }
        }
    }

    /// Reads one channel on, and sends what is there; or finds that records are missing, and goes on
    /// from another place in the next turn.
    async fn read_channel(&mut self, index: usize) -> Result<(), SubscribeError> {
        let Some((channel, cursor)) = self.follow.place(index) else {
            return Ok(());
        };
        let limit = self.follow.limit(index, &self.asked);
        let page = self.log.read_after(channel, cursor, limit).await?;
        let unclaimed = self.follow.unclaimed(index).filter(|_| self.is_first);
        let otherwise = self.asked.otherwise;
        match missing(&*self.log, otherwise, unclaimed, channel, &page).await? {
            None => {}
            // The page begins there.
            Some((start, None)) => self.follow.begin(index, start),
            Some((start, Some(gap))) => {
                self.follow.jump(index, start, gap);
                return Ok(());
            }
        }
        // The id of whatever is sent now would be past what is missing: that is told first.
        if self.follow.has_gap() {
            return Ok(());
        }
        if !self.follow.is_conflated(index, &self.asked) {
            let select = &self.asked.select;
            self.follow.send(index, select, &page, &mut self.batch)?;
            return Ok(());
        }
        let mut pages = vec![page];
        while let Some(page) = pages.last().filter(|page| page.has_more()) {
            let Some((channel, _)) = self.follow.place(index) else {
                break;
            };
            // Whatever is found there, or not found, is found again in the next turn.
            let next = self.log.read_after(channel, page.next(), limit).await;
            let Ok(page) = next else { break };
            if page.standing() != Standing::Contiguous {
                break;
            }
            pages.push(page);
        }
        let (asked, batch) = (&self.asked, &mut self.batch);
        self.follow.send_newest(index, asked, &pages, batch)?;
        Ok(())
    }
}

/// Where to go on, and what to tell if anything, where the page does not follow on what came before.
async fn missing<L: EventLog>(
    log: &L,
    otherwise: Deliver,
    unclaimed: Option<Cursor>,
    channel: &ChannelName,
    page: &Page,
) -> Result<Option<(Start, Option<Gap>)>, SubscribeError> {
    let (start, reason) = match page.standing() {
        Standing::Contiguous => return Ok(None),
        Standing::Truncated { missed } => {
            let is_dense = log.properties().has(Property::DenseIds);
            let first = page.runs().next().and_then(|run| run.entries().next());
            let cursor = match first.map(|entry| entry.cursor()) {
                None => page.next(),
                Some(first) if is_dense => {
                    Cursor::new(first.epoch(), first.seq().saturating_sub(1))
                }
                Some(_) => log.extent(channel).await?.oldest,
            };
            let Some(until) = unclaimed.filter(|it| it.epoch() == cursor.epoch()) else {
                let gap = Gap::new(GapReason::Truncated, missed);
                return Ok(Some((Start::at(cursor), Some(gap))));
            };
            let start = Start {
                conflated_until: (otherwise == Deliver::LastPerKey).then_some(until),
                ..Start::at(cursor)
            };
            let missed = cursor.seq().saturating_sub(until.seq());
            let gap = Gap::new(GapReason::Truncated, is_dense.then_some(missed));
            return Ok(Some((start, (missed > 0).then_some(gap))));
        }
        // Whatever is in the new log, the client has not seen it.
        Standing::UnknownEpoch => {
            let oldest = log.extent(channel).await?.oldest;
            (Start::at(oldest), GapReason::Reset)
        }
        // It has seen what is left.
        Standing::Rewound => (Start::at(page.next()), GapReason::Reset),
        Standing::Ahead => (Start::at(page.next()), GapReason::Ahead),
    };
    Ok(Some((start, Some(Gap::new(reason, None)))))
}
