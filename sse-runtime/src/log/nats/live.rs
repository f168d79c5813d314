//! The task that keeps the link and hears what is told there.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::client::SubscribeError;
use async_nats::{Event, jetstream};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::super::remote::{Backoff, Interest, Mirrors, with_causes};
use super::super::{ChannelName, ConnectError};
use super::address::Address;
use super::ends::Ends;
use super::engine::Slot;
use super::hearing::Hearing;
use super::link::{Link, Look};
use super::options::NatsOptions;
use super::stream::{NoStream, prepare};
use super::subjects::Subjects;

/// What happens to a connection that waits to be looked at.
const EVENTS: usize = 64;

/// How many channels are subscribed to before the server is asked whether it has done so.
const SUBSCRIBED_AT_ONCE: usize = 1024;

/// How many channels are subscribed to one by one: each takes 7 KB. Of more, all that happens in the
/// namespace is heard by way of one subscription, and what nobody watches is passed over.
const MOST_SUBSCRIPTIONS: usize = 4096;

const RECONNECTING: Backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(4));

/// How long a stream that is gone is not made anew. Servers tell of a deletion before they remove the
/// files, by the name of the stream: up to 2.9 those of the new one with them, if it is there by then.
const DELETION: Duration = Duration::from_millis(500);

/// How long what the server did not answer is left alone, and at most so much longer.
const PAUSE: Duration = Duration::from_millis(50);

/// All that it takes to have a link, and who is told.
pub(super) struct Live {
    pub(super) address: Address,
    pub(super) options: NatsOptions,
    pub(super) subjects: Subjects,
    pub(super) mirrors: Arc<Mirrors>,
    pub(super) slot: Arc<Slot>,
}

/// A link, and what happens to its connection.
pub(super) struct Connected {
    link: Arc<Link>,
    events: mpsc::Receiver<Event>,
}

impl Live {
    pub(super) async fn connect(&self) -> Result<Connected, ConnectError> {
        let (sender, events) = mpsc::channel(EVENTS);
        let client = self.address.connect(sender).await?;
        let context = jetstream::ContextBuilder::new()
            .timeout(self.options.timeout)
            .ack_timeout(self.options.timeout)
            .build(client);
        let facts = prepare(&context, &self.options, &self.subjects).await;
        let facts = facts.map_err(|why| match why {
            NoStream::Unanswered(source) => ConnectError::Unreachable {
                address: self.address.shown().to_owned(),
                source,
            },
            NoStream::Unfit(source) => self.address.refused(source),
        })?;
        let marks = self.slot.marks_of(&facts);
        let ends = Ends::new(&self.subjects, facts.last, self.options.timeout);
        let link = Link::new(context, facts, marks, ends).await;
        let link = Arc::new(link.map_err(|why| self.address.refused(why))?);
        self.slot.put(Some(Arc::clone(&link)));
        Ok(Connected { link, events })
    }

    /// Until it is aborted.
    pub(super) async fn run(self, mut connected: Connected) {
        loop {
            self.follow(connected).await;
            self.slot.put(None);
            self.mirrors.deaf();
            connected = self.connect_again().await;
        }
    }

    async fn connect_again(&self) -> Connected {
        let mut backoff = RECONNECTING;
        loop {
            sleep(backoff.next()).await;
            match self.connect().await {
                Ok(connected) => return connected,
                Err(error) => self.mirrors.impaired(with_causes(&error)),
            }
        }
    }

    /// As long as the connection lives and the stream is the same.
    async fn follow(&self, connected: Connected) {
        let Connected { link, mut events } = connected;
        let mut listening = Listening::new(&link, self);
        let changes = format!("$JS.EVENT.ADVISORY.STREAM.*.{}", link.facts.name);
        let Ok(mut changes) = link.client.subscribe(changes).await else {
            return;
        };
        let mut is_in_doubt = true;
        loop {
            if is_in_doubt {
                match link.look(self.deadline()).await {
                    Look::Same => {
                        is_in_doubt = false;
                        self.mirrors.serving();
                    }
                    Look::Unavailable(why) => self.mirrors.impaired(with_causes(&*why)),
                    Look::Gone => {
                        self.mirrors.impaired("the stream is gone");
                        return sleep(DELETION).await;
                    }
                    Look::Another => return self.mirrors.impaired("the stream was made anew"),
                    Look::Silent => return self.lost(),
                }
            }
            let has_to_retry = is_in_doubt || listening.has_unconfirmed();
            tokio::select! {
                biased;
                event = events.recv() => match event {
                    None | Some(Event::Disconnected | Event::Closed) => return self.lost(),
                    // A hint was lost, and nobody knows of what.
                    Some(Event::SlowConsumer(_)) => self.mirrors.deaf(),
                    Some(Event::ServerError(error)) => {
                        tracing::warn!(%error, "the NATS server objects");
                    }
                    Some(_) => {}
                },
                change = changes.next() => match change {
                    Some(change) => is_in_doubt |= is_of_another(&change.subject),
                    None => return self.lost(),
                },
                () = self.slot.doubt.notified() => is_in_doubt = true,
                interest = self.mirrors.interest() => {
                    listening.take(interest).await;
                    for _ in 1..SUBSCRIBED_AT_ONCE {
                        let Some(interest) = self.mirrors.take_interest() else { break };
                        listening.take(interest).await;
                    }
                    listening.confirm().await;
                }
                () = sleep(PAUSE.mul_f64(1.0 + fastrand::f64())), if has_to_retry => {
                    listening.confirm().await;
                }
            }
        }
    }

    fn lost(&self) {
        let shown = self.address.shown();
        self.mirrors
            .impaired(format!("the connection to `{shown}` is lost"));
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.options.timeout
    }
}

/// Whether what the server says of the stream is that another one may be there.
fn is_of_another(subject: &str) -> bool {
    subject.contains(".DELETED.") || subject.contains(".CREATED.")
}

/// What is subscribed to by way of one client.
struct Listening<'a> {
    link: &'a Arc<Link>,
    live: &'a Live,
    channels: HashMap<ChannelName, Listener>,
    /// In place of them, to all channels of the namespace.
    all: Option<Listener>,
    /// Those of which the server has not yet said that it sends them.
    unconfirmed: Vec<ChannelName>,
}

/// The task that hears of one channel.
struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<'a> Listening<'a> {
    fn new(link: &'a Arc<Link>, live: &'a Live) -> Self {
        Self {
            link,
            live,
            channels: HashMap::new(),
            all: None,
            unconfirmed: Vec::new(),
        }
    }

    async fn take(&mut self, interest: Interest) {
        match interest {
            Interest::Unwatched(channel) => {
                self.channels.remove(&channel);
            }
            Interest::Watched(channel) => {
                let is_heard = self.all.is_some() || self.channels.contains_key(&channel);
                if is_heard || self.listen_to(&channel).await.is_ok() {
                    self.unconfirmed.push(channel);
                }
            }
        }
    }

    /// # Errors
    ///
    /// The client is closed: then all begins anew.
    async fn listen_to(&mut self, channel: &ChannelName) -> Result<(), SubscribeError> {
        let subjects = &self.live.subjects;
        let is_many = self.channels.len() >= MOST_SUBSCRIPTIONS;
        let subject = match is_many {
            false => subjects.live(channel),
            true => subjects.all_live(),
        };
        let messages = self.link.client.subscribe(subject).await?;
        let hearing = Hearing {
            messages,
            channel: (!is_many).then(|| channel.clone()),
            subjects: subjects.clone(),
            link: Arc::clone(self.link),
            mirrors: Arc::clone(&self.live.mirrors),
        };
        let listener = Listener(tokio::spawn(hearing.listen()).abort_handle());
        if is_many {
            // The server begins with the one before it ends the others.
            self.all = Some(listener);
            self.channels = HashMap::new();
        } else {
            self.channels.insert(channel.clone(), listener);
        }
        Ok(())
    }

    fn has_unconfirmed(&self) -> bool {
        !self.unconfirmed.is_empty()
    }

    async fn confirm(&mut self) {
        if self.has_unconfirmed() && self.link.is_settled(self.live.deadline()).await {
            for channel in self.unconfirmed.drain(..) {
                self.live.mirrors.heard(&channel);
            }
        }
    }
}
