use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::wire::{self, EventId, EventName};

/// An event as it was received: the event, and the place that it marks.
///
/// It derefs to the event. Whoever saves [`id`](Self::id) together with what the event has changed can
/// resume exactly after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<T> {
    event: T,
    id: Option<EventId>,
}

impl<T> Received<T> {
    pub(super) fn new(event: T, id: Option<EventId>) -> Self {
        Self { event, id }
    }

    /// The place to resume from after this event: its own id, else that of the last event that had
    /// one. `None` where there was none, or an empty one has reset it.
    #[must_use]
    pub fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// The event alone.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.event
    }
}

impl<T> Deref for Received<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.event
    }
}

impl<T> DerefMut for Received<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.event
    }
}

/// An event of a stream whose types are not known: a name and data.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    name: Option<EventName>,
    data: String,
}

impl Message {
    /// The event's name; `message` where the stream gave none.
    #[must_use]
    pub fn event(&self) -> &str {
        self.name.as_ref().map_or("message", EventName::as_str)
    }

    /// The data, its lines joined by LF.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The data alone.
    #[must_use]
    pub fn into_data(self) -> String {
        self.data
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("event", &self.event())
            .field("data", &self.data)
            .finish()
    }
}

/// Makes messages, of which those with the same name share it.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// The last name.
    name: Option<EventName>,
}

impl Messages {
    pub(super) fn own(&mut self, message: &wire::Message<'_>) -> Message {
        let name = message
            .name()
            .filter(|name| !name.is_empty())
            .and_then(|name| {
                if self.name.as_ref().map(EventName::as_str) != Some(name) {
                    // No name of the wire holds what an `EventName` cannot.
                    self.name = EventName::new(name).ok();
                }
                self.name.clone()
            });
        Message {
            name,
            data: message.data().to_owned(),
        }
    }
}
