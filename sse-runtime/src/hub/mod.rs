//! The hub: publish an event once, and every subscriber gets it.
//!
//! A [`Hub`] encodes an event, once, and appends it to a channel of its [log](crate::log). Each
//! subscriber reads the log on from where it is, whether it has just come, has come back, or was
//! there all along: so there is no seam at which an event could be lost or repeated, and a slow
//! subscriber costs its place in the log and nothing else.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use sse_runtime::hub::Hub;
//! use sse_runtime::log::MemoryLog;
//! use sse_runtime::{EventId, Problem, server_sent_events};
//!
//! #[derive(Serialize)]
//! struct Message {
//!     from: String,
//!     text: String,
//! }
//!
//! #[derive(Deserialize)]
//! struct Room {
//!     room: String,           // from the path
//!     after: Option<EventId>, // from the Last-Event-ID header
//! }
//!
//! #[server_sent_events(event_name = "message", last_event_id = after)]
//! trait Chat {
//!     #[sse(get = "/rooms/{room}")]
//!     async fn messages(&self, payload: Room, stream: impl MessagesServerStream<Message>)
//!         -> Result<(), Problem>;
//! }
//!
//! struct Rooms {
//!     hub: Hub<ChatMessages>,
//! }
//!
//! impl Chat for Rooms {
//!     async fn messages(&self, payload: Room, stream: impl MessagesServerStream<Message>)
//!         -> Result<(), Problem>
//!     {
//!         let events = self.hub.subscribe(&payload.room).after(payload.after).await?;
//!         Ok(stream.forward(events).await?) // what it missed, then what comes
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hub = Hub::new(MemoryLog::default(), ChatMessages);
//! let app: axum::Router = ChatServer::new(Rooms { hub: hub.clone() }).into_router();
//!
//! let first = hub.publish("lobby", &Message { from: "ann".into(), text: "hi".into() }).await?;
//! let second = hub.publish("lobby", &Message { from: "bob".into(), text: "ho".into() }).await?;
//!
//! // A client that was there for the first, and comes back.
//! use axum::{body::Body, http::Request};
//! use http_body_util::BodyExt;
//! use tower::ServiceExt;
//!
//! let request = Request::get("/rooms/lobby").header("last-event-id", first.as_str());
//! let mut body = app.oneshot(request.body(Body::empty())?).await?.into_body();
//! let bytes = body.frame().await.unwrap()?.into_data().unwrap();
//! assert_eq!(
//!     bytes,
//!     format!("id: {second}\nevent: message\ndata: {{\"from\":\"bob\",\"text\":\"ho\"}}\n\n"),
//! );
//! # Ok(())
//! # }
//! ```
//!
//! [The guide](crate::guide::hub) goes through all of it.
//!
//! # Ids
//!
//! The log gives each event its id. So an endpoint whose events a hub publishes maps no `id`, or a
//! field of the type `Option<EventId>`, which stays `None` on the way into the hub. What is
//! [signalled](Hub::signal) has no id.
//!
//! # Gaps
//!
//! A client that comes back after more than the log holds, or with an id of a log that is no more,
//! is told of it by an event named `gap`, and the stream goes on from there: see [`Gap`] and
//! [`OnGap`]. So is one that reads so slowly that the log passes it by: [`OnLag`].

mod batch;
mod conflate;
mod encoded;
mod error;
mod follow;
mod presence;
mod publish;
mod reader;
mod scope;
mod seats;
mod select;
mod set;
mod subscribe;
mod subscription;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub use crate::gap::{Gap, GapReason};
pub use error::{InvalidChannel, PublishError, SubscribeError};
pub use presence::{InvalidMember, Presence, Present};
pub use scope::{IntoChannels, InvalidNamespace};
pub use select::Published;
pub use subscribe::{Deliver, OnGap, OnLag, Subscribe};
pub use subscription::Subscription;

#[cfg(feature = "server")]
pub(crate) use batch::Batch;
#[cfg(feature = "server")]
pub(crate) use reader::{Reader, Taken};

use crate::describe::{Described, LogIds};
use crate::log::{Channels, EventLog, Health, MemoryLog};
use crate::metrics;
use crate::wire::EventId;
use encoded::MAX_BATCH_BYTES;
use presence::Presences;
use scope::{Own, Scope};
use seats::Seats;

/// Publishes the events of one endpoint, and delivers them: see the [module](self). A clone is the
/// same hub.
pub struct Hub<E, L = MemoryLog> {
    log: Arc<L>,
    scope: Scope,
    /// Where what all channels get is kept in one more: held while an event is appended to both, so
    /// that they have the same order.
    wildcard: Option<Arc<tokio::sync::Mutex<()>>>,
    seats: Arc<Seats>,
    presences: Arc<Presences>,
    metrics: metrics::Hub,
    endpoint: PhantomData<fn() -> E>,
}

/// Making one.
impl<E: Described, L: EventLog> Hub<E, L> {
    /// A hub for the events of an endpoint, on a log. To have several hubs on one log give each a
    /// clone of it, or of an [`Arc`] around it, and a [namespace](Self::with_namespace).
    #[must_use]
    pub fn new(log: L, _endpoint: E) -> Self
    where
        E: LogIds<true>,
    {
        Self {
            log: Arc::new(log),
            scope: Scope::default(),
            wildcard: None,
            seats: Arc::default(),
            presences: Arc::default(),
            metrics: metrics::Hub::of(E::DESCRIPTOR),
            endpoint: PhantomData,
        }
    }

    /// Keeps the channels of this hub apart from those of others on the same log: there they are
    /// `<namespace>:<channel>`. Either all hubs on a log have a namespace, or there is one hub.
    ///
    /// # Errors
    ///
    /// [`InvalidNamespace`] where it is not 1 to 64 bytes without `:` and control characters.
    pub fn with_namespace(self, namespace: &str) -> Result<Self, InvalidNamespace> {
        Ok(Self {
            scope: Scope::new(namespace)?,
            ..self
        })
    }

    /// Keeps what all channels get in one more, for [`subscribe_all`](Self::subscribe_all). Each
    /// event is then appended twice, and one process publishes one event at a time, so that there the
    /// order is that of the channels. What several processes publish at once may come in another. The
    /// wildcard has the bounds of one channel of the log.
    ///
    /// All processes that publish through the same log must agree on this.
    #[must_use]
    pub fn with_wildcard(self) -> Self {
        Self {
            wildcard: Some(Arc::default()),
            ..self
        }
    }
}

/// Subscribing.
impl<E: Described, L: EventLog> Hub<E, L> {
    /// Asks for a subscription to one channel, or to up to 50: await what this returns.
    ///
    /// A channel need not exist. It is there with its first event, or while someone subscribes.
    pub fn subscribe(&self, channels: impl IntoChannels) -> Subscribe<E, L> {
        Subscribe::new(self, self.scope.channels(&channels), false)
    }

    /// As [`subscribe`](Self::subscribe), to channels to which something was published before: of
    /// others it is a [`SubscribeError::NotFound`], which is 404.
    pub fn subscribe_existing(&self, channels: impl IntoChannels) -> Subscribe<E, L> {
        Subscribe::new(self, self.scope.channels(&channels), true)
    }

    /// Asks for a subscription to all channels, in one order. What is published at the same time may
    /// have another order there than in its channel; what is published after something else was, has not.
    ///
    /// Whoever is given this sees everything, so it is for the service to decide who is. No name
    /// that comes from a client leads here: names that begin with `*` are refused everywhere else.
    ///
    /// An event does not say to which channel it was published: where that matters, let it be part of
    /// the event. Without [`with_wildcard`](Self::with_wildcard) it is a [`SubscribeError::NoWildcard`].
    pub fn subscribe_all(&self) -> Subscribe<E, L> {
        let channels = match self.wildcard {
            Some(_) => self.all_channels(),
            None => Err(SubscribeError::NoWildcard),
        };
        Subscribe::new(self, channels, false)
    }

    fn all_channels(&self) -> Result<Channels, SubscribeError> {
        Ok(Channels::new([self.scope.own(Own::Wildcard)?])?)
    }

    /// The id of the place behind all that was published to these channels: for a client that loads
    /// the present state first. Take this, then read the state, and give both to the client: what
    /// it gets [after](Subscribe::after) this id is all that the state may lack, and some of what it
    /// has. Who publishes changes the state first and then publishes the change: the other way round,
    /// what is published before the position was taken may come into the state after it was read.
    ///
    /// # Errors
    ///
    /// [`SubscribeError`], as a subscription to these channels.
    pub async fn position(&self, channels: impl IntoChannels) -> Result<EventId, SubscribeError> {
        let channels = self.scope.channels(&channels)?;
        let mut cursors = Vec::with_capacity(channels.len());
        for channel in channels.iter() {
            cursors.push(self.log.extent(channel).await?.newest);
        }
        Ok(channels.id(&cursors)?)
    }
}

/// Looking at it.
impl<E, L: EventLog> Hub<E, L> {
    /// How many subscriptions there are in this process.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.seats.all()
    }

    /// How many subscriptions to that channel there are in this process.
    #[must_use]
    pub fn subscribers(&self, channel: &str) -> usize {
        let channel = self.scope.channel(channel);
        channel.map_or(0, |channel| self.seats.of(&channel))
    }

    /// How many subscriptions to all channels there are in this process.
    #[must_use]
    pub fn subscribers_to_all(&self) -> usize {
        let channel = self.scope.own(Own::Wildcard);
        channel.map_or(0, |channel| self.seats.of(&channel))
    }

    /// Whether the log can be reached.
    #[must_use]
    pub fn health(&self) -> Health {
        self.log.health()
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> &L {
        &self.log
    }
}

impl<E, L> Clone for Hub<E, L> {
    fn clone(&self) -> Self {
        Self {
            log: Arc::clone(&self.log),
            scope: self.scope.clone(),
            wildcard: self.wildcard.clone(),
            seats: Arc::clone(&self.seats),
            presences: Arc::clone(&self.presences),
            metrics: self.metrics.clone(),
            endpoint: PhantomData,
        }
    }
}

impl<E, L> fmt::Debug for Hub<E, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("scope", &self.scope)
            .field("has_wildcard", &self.wildcard.is_some())
            .finish_non_exhaustive()
    }
}
