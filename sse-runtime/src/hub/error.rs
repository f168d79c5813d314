//! What can go wrong between a service and a hub.

use std::error::Error;
use std::fmt;

use super::Gap;
use crate::log::{
    AppendError, ForeignId, IdTooLong, InvalidChannelName, InvalidChannels, InvalidIdempotencyKey,
    InvalidRecord, ReadError,
};
use crate::wire::{EncodeError, EventId};

/// Why an event was not published.
#[derive(Debug)]
#[non_exhaustive]
pub enum PublishError {
    /// The text is no name of a channel, or one that no channel of a hub can have.
    Channel(InvalidChannel),
    /// The event cannot be written.
    Encode(EncodeError),
    /// The event is empty, or brings an id of its own, or is too large for any log.
    Event(InvalidRecord),
    /// The event is named `gap`, which is how subscribers are told of a [`Gap`].
    NamedGap,
    /// The event ends its stream (`done = Variant`), which is published by
    /// [`publish_last`](super::Hub::publish_last). That is safe to try again, as a channel ends once.
    EndsStream,
    /// The text is no key for [`publish_once`](super::Hub::publish_once).
    Key(InvalidIdempotencyKey),
    /// The id is no place of one channel, at which [`publish_at`](super::Hub::publish_at) could publish.
    Position(ForeignId),
    /// An event of a batch ends its stream (`done = Variant`), which is published by itself.
    Last {
        /// Its place in the batch, from 0.
        index: usize,
    },
    /// The events of a batch are more than [`Hub::MAX_BATCH_BYTES`](super::Hub::MAX_BATCH_BYTES).
    BatchTooLarge,
    /// The log did not take it.
    Append(AppendError),
    /// It is in its channel, but whoever subscribes to all channels may never get it. Publishing it
    /// again would repeat it for the others, unless that is done
    /// [with its key](super::Hub::publish_once).
    Wildcard {
        /// Its id.
        id: EventId,
        /// Why the log did not take it for all.
        source: AppendError,
    },
}

impl PublishError {
    /// Whether subscribers may get the event all the same.
    #[must_use]
    pub fn may_be_published(&self) -> bool {
        match self {
            Self::Append(error) => error.may_be_written(),
            Self::Wildcard { .. } => true,
            _ => false,
        }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(error) => error.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::Event(InvalidRecord::Unfinished) => {
                f.write_str("an event without a name and data is nothing on the wire; give it one")
            }
            Self::Event(InvalidRecord::Id) => f.write_str(
                "an event that is published has no id of its own; leave that to the log",
            ),
            Self::Event(error) => error.fmt(f),
            Self::NamedGap => f.write_str(
                "the name `gap` is taken by the gaps that subscribers are told of; name it otherwise",
            ),
            Self::EndsStream => f.write_str(
                "the event ends its stream; publish it with `publish_last`, which is safe to try again",
            ),
            Self::Key(error) => error.fmt(f),
            Self::Position(_) => f.write_str(
                "the position is none of one channel; give the id that `Hub::position` or a publish \
                 to it has returned",
            ),
            Self::Last { index } => write!(
                f,
                "event {index} of the batch ends its stream; publish it by itself, after the others"
            ),
            Self::BatchTooLarge => write!(
                f,
                "the events of a batch are more than {} bytes; publish them in several",
                super::MAX_BATCH_BYTES
            ),
            Self::Append(error) => error.fmt(f),
            Self::Wildcard { id, .. } => write!(
                f,
                "the event is published as `{id}`, but not to those who follow all channels"
            ),
        }
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Encode(error) => error.source(),
            Self::Append(error) => error.source(),
            Self::Wildcard { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Why a text is no channel of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidChannel {
    /// It is no name.
    Name(InvalidChannelName),
    /// It begins with `*`: those are the hub's own. What all channels get is subscribed to by
    /// [`subscribe_all`](super::Hub::subscribe_all) alone.
    Reserved,
}

impl fmt::Display for InvalidChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Reserved => f.write_str(
                "the name of a channel cannot begin with `*`, which stands for all of them; name it \
                 otherwise",
            ),
        }
    }
}

impl Error for InvalidChannel {}

/// Why channels could not be subscribed to, or not any longer.
#[derive(Debug)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The text is no name of a channel.
    Channel(InvalidChannel),
    /// The channels cannot be followed by one stream.
    Channels(InvalidChannels),
    /// There is no such channel.
    NotFound {
        /// Its name.
        channel: String,
    },
    /// The hub does not keep what all channels get:
    /// see [`Hub::with_wildcard`](super::Hub::with_wildcard).
    NoWildcard,
    /// The client has missed events, and the subscription was asked to tell that by a status
    /// ([`OnGap::Gone`](super::OnGap::Gone)).
    Gone(Gap),
    /// The id of the places in all channels would be too long.
    Id(IdTooLong),
    /// The log could not be read.
    Read(ReadError),
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(error) => error.fmt(f),
            Self::Channels(error) => error.fmt(f),
            Self::NotFound { channel } => write!(f, "there is no channel `{channel}`"),
            Self::NoWildcard => f.write_str(
                "this hub does not keep what all channels get; make it with `Hub::with_wildcard`",
            ),
            Self::Gone(gap) => write!(f, "{gap}; load the present state and start without an id"),
            Self::Id(error) => error.fmt(f),
            Self::Read(error) => error.fmt(f),
        }
    }
}

impl Error for SubscribeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read(error) => error.source(),
            _ => None,
        }
    }
}

macro_rules! from {
    ($($error:ident::$variant:ident($source:ty);)*) => {$(
        impl From<$source> for $error {
            fn from(error: $source) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

from! {
    InvalidChannel::Name(InvalidChannelName);
    PublishError::Channel(InvalidChannel);
    PublishError::Encode(EncodeError);
    PublishError::Key(InvalidIdempotencyKey);
    PublishError::Position(ForeignId);
    PublishError::Event(InvalidRecord);
    PublishError::Append(AppendError);
    SubscribeError::Channel(InvalidChannel);
    SubscribeError::Channels(InvalidChannels);
    SubscribeError::Id(IdTooLong);
    SubscribeError::Read(ReadError);
}
