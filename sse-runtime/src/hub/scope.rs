//! From the names that services say to the channels of a log.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{InvalidChannel, SubscribeError};
use crate::log::{ChannelName, Channels};

/// What the names of a hub's own channels begin with.
const RESERVED: char = '*';

/// A channel of a hub's own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Own {
    /// To which a hub with a wildcard appends everything.
    Wildcard,
    /// On which nodes tell each other who is present.
    Presence,
}

/// Stands between a namespace and the name of a channel in it.
const SEPARATOR: char = ':';

/// The names of one hub within its log.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// With its separator.
    prefix: Option<Arc<str>>,
}

impl Scope {
    pub(super) fn new(namespace: &str) -> Result<Self, InvalidNamespace> {
        let is_name = ChannelName::new(namespace).is_ok();
        if !is_name
            || namespace.len() > InvalidNamespace::MAX_BYTES
            || namespace.contains(SEPARATOR)
        {
            return Err(InvalidNamespace);
        }
        Ok(Self {
            prefix: Some(format!("{namespace}{SEPARATOR}").into()),
        })
    }

    /// The channel of that name. No name that comes from outside is one of the hub's own.
    pub(super) fn channel(&self, name: &str) -> Result<ChannelName, InvalidChannel> {
        match name {
            // Looked at before the prefix: a name that is empty stays one.
            "" => Ok(ChannelName::new("")?),
            name if name.starts_with(RESERVED) => Err(InvalidChannel::Reserved),
            name => self.full(name),
        }
    }

    pub(super) fn own(&self, channel: Own) -> Result<ChannelName, InvalidChannel> {
        self.full(match channel {
            Own::Wildcard => "*",
            Own::Presence => "*presence",
        })
    }

    fn full(&self, name: &str) -> Result<ChannelName, InvalidChannel> {
        Ok(match &self.prefix {
            None => ChannelName::new(name)?,
            Some(prefix) => ChannelName::new([prefix, name].concat())?,
        })
    }

    /// The name of a channel as services say it.
    pub(super) fn name<'a>(&self, channel: &'a ChannelName) -> &'a str {
        let full = channel.as_str();
        let prefix = self.prefix.as_deref().unwrap_or_default();
        full.strip_prefix(prefix).unwrap_or(full)
    }

    pub(super) fn channels(
        &self,
        channels: &(impl IntoChannels + ?Sized),
    ) -> Result<Channels, SubscribeError> {
        // One more than there may be is enough to be refused for.
        let names = channels.names().take(Channels::MAX + 1);
        let names = names.map(|name| self.channel(name));
        Ok(Channels::new(names.collect::<Result<Vec<_>, _>>()?)?)
    }
}

/// What names the channels of one stream: one name, or an array, a slice or a `Vec` of names, each
/// of them a `&str`, a `String` or what else is [`AsRef<str>`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no channels",
    label = "this has type `{Self}`",
    note = "give one name as a `&str`, or an array, a slice or a `Vec` of names"
)]
pub trait IntoChannels {
    /// The names, in an order that is kept.
    fn names(&self) -> impl Iterator<Item = &str>;
}

impl IntoChannels for str {
    fn names(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self)
    }
}

impl IntoChannels for String {
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.as_str())
    }
}

impl IntoChannels for Arc<str> {
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&**self)
    }
}

impl IntoChannels for Cow<'_, str> {
    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&**self)
    }
}

impl<S: AsRef<str>> IntoChannels for [S] {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(AsRef::as_ref)
    }
}

impl<S: AsRef<str>, const N: usize> IntoChannels for [S; N] {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.as_slice().names()
    }
}

impl<S: AsRef<str>> IntoChannels for Vec<S> {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.as_slice().names()
    }
}

impl<T: IntoChannels + ?Sized> IntoChannels for &T {
    fn names(&self) -> impl Iterator<Item = &str> {
        (**self).names()
    }
}

/// The text is no namespace: 1 to 64 bytes without `:` and control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNamespace;

impl InvalidNamespace {
    const MAX_BYTES: usize = 64;
}

impl fmt::Display for InvalidNamespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a namespace is 1 to 64 bytes without `:` and control characters; shorten it")
    }
}

impl std::error::Error for InvalidNamespace {}
