//! A server that several nodes ask, and what goes wrong with it.

use std::collections::{HashMap, HashSet};
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::super::super::*;
use super::super::{End, Engine, Interest, Mirrors, Remote, Retention, Write, Written, remote_log};

/// How long a question takes, and how long its answer.
const ONE_WAY: Duration = Duration::from_millis(1);

pub(crate) struct Server {
    log: Mutex<MemoryLog>,
    bounds: Bounds,
    nodes: Mutex<Vec<Arc<Mirrors>>>,
    /// What becomes of hints.
    pub(crate) loses_hints: AtomicBool,
    pub(crate) hints_without_places: AtomicBool,
    /// They bring what was appended.
    pub(crate) pushes: AtomicBool,
    /// How long they may take, one after another or not.
    delays_hints: Mutex<Duration>,
    pub(crate) fault: Mutex<Option<Fault>>,
    answers_after: Mutex<Duration>,
    /// Channels of a part of it that is away.
    pub(crate) away: Mutex<HashSet<ChannelName>>,
    pub(crate) asked: Asked,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    Unavailable,
    Unreadable,
}

/// How often the server was asked what.
#[derive(Default)]
pub(crate) struct Asked {
    reads: Mutex<HashMap<ChannelName, usize>>,
    extents: AtomicUsize,
    ends: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Asked {
    fn count_read(&self, channel: &ChannelName) {
        let mut reads = self.reads.lock().unwrap();
        *reads.entry(channel.clone()).or_default() += 1;
    }

    pub(crate) fn reads(&self) -> usize {
        self.reads.lock().unwrap().values().sum()
    }

    pub(crate) fn extents(&self) -> usize {
        self.extents.load(Ordering::Relaxed)
    }

    /// Questions for the ends of channels.
    pub(crate) fn ends(&self) -> usize {
        self.ends.load(Ordering::Relaxed)
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.load(Ordering::Relaxed)
    }
}

impl Server {
    pub(crate) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            log: Mutex::new(MemoryLog::new(bounds)),
            bounds,
            nodes: Mutex::default(),
            loses_hints: AtomicBool::new(false),
            hints_without_places: AtomicBool::new(false),
            pushes: AtomicBool::new(false),
            delays_hints: Mutex::default(),
            fault: Mutex::new(None),
            answers_after: Mutex::default(),
            away: Mutex::default(),
            asked: Asked::default(),
        })
    }

    /// The log itself, as it is now. What is appended there is hinted to nobody.
    pub(crate) fn log(&self) -> MemoryLog {
        self.log.lock().unwrap().clone()
    }

    /// It forgets everything, and begins another epoch.
    pub(crate) fn flush(&self) {
        *self.log.lock().unwrap() = MemoryLog::new(self.bounds);
    }

    pub(crate) fn fail(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }

    pub(crate) fn answers_after(&self, time: Duration) {
        *self.answers_after.lock().unwrap() = time;
    }

    pub(crate) fn delay_hints(&self, most: Duration) {
        *self.delays_hints.lock().unwrap() = most;
    }

    /// Hints as if something had been appended.
    pub(crate) fn hint(&self, channel: &ChannelName, end: Option<Cursor>) {
        let knows_places = !self.hints_without_places.load(Ordering::Relaxed);
        let end = end.filter(|_| knows_places);
        self.tell(channel, move |node, channel| node.hinted(channel, end));
    }

    /// Sends what was appended, or a hint of it.
    fn appended(&self, channel: &ChannelName, records: &[Record<'_>], places: &[Cursor]) {
        let Some(first) = places
            .first()
            .filter(|_| self.pushes.load(Ordering::Relaxed))
        else {
            return self.hint(channel, places.last().copied());
        };
        let after = Cursor::new(first.epoch(), first.seq() - 1);
        let mut page = PageBuilder::new(Standing::Contiguous, after);
        for (record, place) in records.iter().zip(places) {
            page.push(*place, record);
        }
        let page = page.finish(false, false);
        self.tell(channel, move |node, channel| {
            node.came(channel, after, &page);
        });
    }

    fn tell(
        &self,
        channel: &ChannelName,
        what: impl Fn(&Mirrors, &ChannelName) + Send + Sync + 'static,
    ) {
        if self.loses_hints.load(Ordering::Relaxed) {
            return;
        }
        let what = Arc::new(what);
        let delay = *self.delays_hints.lock().unwrap();
        for node in self.nodes.lock().unwrap().iter() {
            if delay.is_zero() {
                what(node, channel);
                continue;
            }
            let (node, channel, what) = (Arc::clone(node), channel.clone(), Arc::clone(&what));
            tokio::spawn(async move {
                sleep(delay.mul_f64(fastrand::f64())).await;
                what(&node, &channel);
            });
        }
    }

    fn fault_of(&self, channels: &[ChannelName]) -> Option<Fault> {
        let away = self.away.lock().unwrap();
        match channels.iter().any(|channel| away.contains(channel)) {
            true => Some(Fault::Unavailable),
            false => *self.fault.lock().unwrap(),
        }
    }

    /// What the server answers in the middle of a round trip.
    async fn ask<T>(
        &self,
        channels: &[ChannelName],
        question: impl AsyncFnOnce(MemoryLog) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let _in_flight = InFlight::new(&self.asked);
        sleep(ONE_WAY).await;
        let fault = self.fault_of(channels);
        let answer = match fault {
            None => question(self.log()).await,
            Some(Fault::Unavailable) => Err(ReadError::Unavailable("the server is away".into())),
            Some(Fault::Unreadable) => Err(ReadError::Unreadable("of another version".into())),
        };
        let after = *self.answers_after.lock().unwrap();
        sleep(ONE_WAY.max(after)).await;
        answer
    }
}

struct InFlight<'a>(&'a Asked);

impl<'a> InFlight<'a> {
    fn new(asked: &'a Asked) -> Self {
        let now = asked.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        asked.most_in_flight.fetch_max(now, Ordering::Relaxed);
        Self(asked)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a node asks the server with. `DENSE` says whether it claims that its numbers have no holes.
pub(crate) struct Client<const DENSE: bool>(Arc<Server>);

impl<const DENSE: bool> Engine for Client<DENSE> {
    const NAME: &'static str = "memory";
    const PROPERTIES: Properties = match DENSE {
        true => Properties::ALL.without(Property::Signals),
        false => Properties::ALL
            .without(Property::Signals)
            .without(Property::DenseIds),
    };

    fn retention(&self) -> Retention {
        Retention {
            events: 1000,
            age: Duration::from_secs(3600),
        }
    }

    async fn append(
        &self,
        channel: &ChannelName,
        write: Write<'_>,
    ) -> Result<Written, AppendError> {
        sleep(ONE_WAY).await;
        if self.0.fault.lock().unwrap().is_some() {
            return Err(AppendError::Refused("the server is away".into()));
        }
        let log = self.0.log();
        let mut is_repeated = false;
        let (places, end) = if write.ends {
            let end = log.end(channel, write.records.first()).await?;
            let places = write.records.iter().map(|_| end).collect();
            self.0.hint(channel, None);
            (places, end)
        } else {
            let places = match write.condition {
                None => log.append_all(channel, write.records).await?,
                Some(condition) => {
                    let appended = log.append_if(condition, channel, write.records).await?;
                    is_repeated = appended.is_repeated;
                    appended.places
                }
            };
            let end = log.extent(channel).await.unwrap().newest;
            match is_repeated {
                true => self.0.hint(channel, Some(end)),
                false => self.0.appended(channel, write.records, &places),
            }
            (places, end)
        };
        sleep(ONE_WAY).await;
        Ok(Written {
            places,
            end,
            is_repeated,
        })
    }

    async fn read_after(
        &self,
        channel: &ChannelName,
        cursor: Cursor,
        limit: Limit,
    ) -> Result<Page, ReadError> {
        self.0.asked.count_read(channel);
        let read = async |log: MemoryLog| log.read_after(channel, cursor, limit).await;
        self.0.ask(slice::from_ref(channel), read).await
    }

    async fn extent(&self, channel: &ChannelName) -> Result<Extent, ReadError> {
        self.0.asked.extents.fetch_add(1, Ordering::Relaxed);
        let extent = async |log: MemoryLog| log.extent(channel).await;
        self.0.ask(slice::from_ref(channel), extent).await
    }

    async fn rewind(&self, channel: &ChannelName, records: usize) -> Result<Cursor, ReadError> {
        let rewind = async |log: MemoryLog| log.rewind(channel, records).await;
        self.0.ask(slice::from_ref(channel), rewind).await
    }

    async fn ends(&self, channels: &[ChannelName]) -> Result<Vec<End>, ReadError> {
        self.0.asked.ends.fetch_add(1, Ordering::Relaxed);
        let ends = async |log: MemoryLog| {
            let mut ends = Vec::new();
            for channel in channels {
                let extent = log.extent(channel).await?;
                ends.push(End {
                    newest: extent.newest,
                    ended: extent.ended,
                });
            }
            Ok(ends)
        };
        self.0.ask(channels, ends).await
    }

    async fn signal(&self, _: &ChannelName, _: &Record<'_>) -> Result<(), AppendError> {
        Ok(())
    }
}

/// A node that is told of what it watches, from a while after it has begun to.
pub(crate) struct Node<const DENSE: bool = true> {
    pub(crate) remote: Arc<Remote<Client<DENSE>>>,
    pub(crate) mirrors: Arc<Mirrors>,
    server: Arc<Server>,
    task: Mutex<Option<AbortHandle>>,
}

pub(crate) type Sparse = Node<false>;

remote_log!(Node<true>, Client<true>);
remote_log!(Node<false>, Client<false>);

impl<const DENSE: bool> Node<DENSE> {
    pub(crate) fn new(server: &Arc<Server>) -> Self {
        let node = Self::deaf(server);
        node.listen();
        node
    }

    /// One that hears nothing yet.
    pub(crate) fn deaf(server: &Arc<Server>) -> Self {
        let mirrors = Arc::new(Mirrors::default());
        let client = Arc::new(Client(Arc::clone(server)));
        Self {
            remote: Arc::new(Remote::new(client, Arc::clone(&mirrors))),
            mirrors,
            server: Arc::clone(server),
            task: Mutex::default(),
        }
    }

    /// Hints come from now on.
    pub(crate) fn listen(&self) {
        self.nodes().push(Arc::clone(&self.mirrors));
        let mirrors = Arc::clone(&self.mirrors);
        let task = tokio::spawn(async move {
            loop {
                if let Interest::Watched(channel) = mirrors.interest().await {
                    sleep(ONE_WAY).await;
                    mirrors.heard(&channel);
                }
            }
        });
        *self.task.lock().unwrap() = Some(task.abort_handle());
    }

    /// No hints come any more.
    pub(crate) fn deafen(&self) {
        self.nodes().retain(|it| !Arc::ptr_eq(it, &self.mirrors));
        if let Some(task) = self.task.lock().unwrap().take() {
            task.abort();
        }
        self.mirrors.deaf();
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<Arc<Mirrors>>> {
        self.server.nodes.lock().unwrap()
    }
}

impl<const DENSE: bool> Drop for Node<DENSE> {
    fn drop(&mut self) {
        self.deafen();
    }
}
