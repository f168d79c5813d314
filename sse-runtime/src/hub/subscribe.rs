//! What a subscription is asked for.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use super::follow::{Follow, Start};
use super::reader::Reader;
use super::select::{Published, Select};
use super::{Gap, GapReason, Hub, SubscribeError, Subscription};
use crate::log::{ChannelName, Channels, EventLog, Extent};
use crate::wire::EventId;

/// Where a subscriber begins that has no id to begin after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deliver {
    /// With what is published from now on. Of a channel that has ended: with its last event.
    #[default]
    New,
    /// With the oldest event that the log holds.
    All,
    /// With so many of the newest events of each channel.
    Last(usize),
    /// With the newest event of each `key` that the log holds, then with what is published.
    LastPerKey,
}

/// What a client is answered that comes back and has missed events which the log no longer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnGap {
    /// An event [`gap`](Gap), and what there is.
    #[default]
    Tell,
    /// 410 Gone: for clients that then load the present state and start without an id. A native
    /// EventSource gives up.
    Gone,
    /// 204 No Content, upon which a native EventSource stays away.
    NoContent,
}

/// What a client is told that reads so slowly that the log no longer holds what comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnLag {
    /// An event [`gap`](Gap), and what there is.
    #[default]
    Tell,
    /// Nothing: its stream ends for now, and when it comes back [`OnGap`] says what it is answered.
    Disconnect,
}

/// A subscription that is being asked for: [`Hub::subscribe`]. Await it.
#[must_use = "a subscription begins when it is awaited"]
pub struct Subscribe<E, L> {
    hub: Hub<E, L>,
    channels: Result<Channels, SubscribeError>,
    after: Option<EventId>,
    must_exist: bool,
    asked: Asked,
}

/// What holds for as long as a subscription lasts.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) select: Select,
    pub(super) conflates: bool,
    pub(super) otherwise: Deliver,
    pub(super) on_gap: OnGap,
    pub(super) on_lag: OnLag,
}

impl<E, L: EventLog> Subscribe<E, L> {
    pub(super) fn new(
        hub: &Hub<E, L>,
        channels: Result<Channels, SubscribeError>,
        must_exist: bool,
    ) -> Self {
        Self {
            hub: hub.clone(),
            channels,
            after: None,
            must_exist,
            asked: Asked::default(),
        }
    }

    /// Begins after the event of that id, where there is one: what a client brought as its
    /// Last-Event-ID, or [`Hub::position`]. Nothing that came after it is left out, or the client is
    /// told of a [`Gap`].
    pub fn after(mut self, id: Option<EventId>) -> Self {
        // "If the EventSource object's last event ID string is not the empty string" it is sent
        // (WHATWG HTML §9.2.3): an empty one is none.
        self.after = id.filter(|id| !id.as_str().is_empty());
        self
    }

    /// Where to begin without an id: [`Deliver::New`] unless this is called.
    pub fn otherwise(mut self, deliver: Deliver) -> Self {
        self.asked.otherwise = deliver;
        self
    }

    /// Leaves out all events but those of these keys (`key` of the attribute). Called again it adds
    /// more of them.
    ///
    /// No keys at all, as of an empty list, leave out every event. What is left out moves the client's
    /// resume point all the same.
    pub fn keys<K: AsRef<str>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.asked.select.add_keys(keys);
        self
    }

    /// Leaves out all events for which `wants` is false. It is called for each event and subscriber;
    /// [`keys`](Self::keys) cost less.
    ///
    /// What is left out moves the client's resume point all the same.
    pub fn filter(
        mut self,
        wants: impl Fn(&Published<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.asked.select.add_filter(Arc::new(wants));
        self
    }

    /// Sends only the newest event of each key as soon as the client is behind at all: it gets the
    /// present values as fast as it reads, and nothing of what they replaced. Events without a key
    /// are all sent.
    ///
    /// The keys of a client that is far behind take turns. An event may then have the id of an earlier
    /// one of its key, which its client resumes from. What [`filter`](Self::filter) leaves out replaces nothing.
    pub fn conflate(mut self) -> Self {
        self.asked.conflates = true;
        self
    }

    /// What a client is answered that has missed events: an event unless this is called.
    pub fn on_gap(mut self, on_gap: OnGap) -> Self {
        self.asked.on_gap = on_gap;
        self
    }

    /// What a client is told that reads too slowly: an event unless this is called.
    pub fn on_lag(mut self, on_lag: OnLag) -> Self {
        self.asked.on_lag = on_lag;
        self
    }

    async fn begin(self) -> Result<Subscription<E, L>, SubscribeError> {
        let channels = self.channels?;
        let log = &self.hub.log;
        // First watch, then read: whatever is published in between is hinted.
        let watch = match self.asked.select.keys() {
            None => log.watch(&channels),
            Some(keys) => log.watch_keys(&channels, keys),
        };
        let (cursors, gap) = match &self.after {
            None => (vec![None; channels.len()], None),
            Some(id) => match channels.cursors(id.as_str()) {
                Ok(cursors) if cursors.iter().any(Option::is_some) => (cursors, None),
                // Of no channel, or of others.
                Ok(_) | Err(_) => {
                    let gap = Gap::new(GapReason::Foreign, None);
                    (vec![None; channels.len()], Some(gap))
                }
            },
        };
        let mut starts = Vec::with_capacity(channels.len());
        for (channel, cursor) in channels.iter().zip(cursors) {
            if self.must_exist && !log.extent(channel).await?.exists {
                let channel = self.hub.scope.name(channel).to_owned();
                return Err(SubscribeError::NotFound { channel });
            }
            starts.push(match cursor {
                Some(cursor) => Start::at(cursor),
                None => start(&**log, channel, self.asked.otherwise).await?,
            });
        }
        // Counted once it has its place: who sees it there may publish for it.
        let seat = self.hub.seats.take(&channels);
        let follow = Follow::new(self.hub.scope.clone(), channels, &starts, gap);
        // Told now, while it can be answered by a status.
        follow.id()?;
        let metrics = self.hub.metrics.subscribed(self.after.is_some());
        let reader = Reader::new(Arc::clone(log), watch, follow, self.asked, metrics, seat);
        Ok(Subscription::new(reader))
    }
}

/// Where a subscriber without a cursor begins.
async fn start<L: EventLog>(
    log: &L,
    channel: &ChannelName,
    deliver: Deliver,
) -> Result<Start, SubscribeError> {
    let extent = log.extent(channel).await?;
    let Extent { oldest, newest, .. } = extent;
    let start = match deliver {
        Deliver::New if extent.ended => Start::at(log.rewind(channel, 1).await?),
        Deliver::New => Start::at(newest),
        Deliver::All => Start::at(oldest),
        Deliver::Last(events) => Start::at(log.rewind(channel, events).await?),
        Deliver::LastPerKey => Start {
            conflated_until: Some(newest),
            ..Start::at(oldest)
        },
    };
    Ok(Start {
        unclaimed: Some(newest),
        ..start
    })
}

impl<E, L> IntoFuture for Subscribe<E, L>
where
    E: 'static,
    L: EventLog,
{
    type Output = Result<Subscription<E, L>, SubscribeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.begin())
    }
}

impl<E, L> fmt::Debug for Subscribe<E, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscribe")
            .field("channels", &self.channels)
            .field("after", &self.after)
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}
