//! An event whose parts are given at run time.

use std::time::Duration;

use serde::Serialize;

use super::{EncodeError, EventId, EventName};

/// An event without a type of its own: the escape hatch for data that is already text.
///
/// Every part is optional and valid by construction, so writing an `Event` cannot fail. An event
/// without data reaches no listener on the client, but its id and its reconnection time count.
///
/// ```
/// use std::time::Duration;
/// use sse_runtime::wire::{Event, EventId, EventName, Frame};
///
/// let event = Event::new()
///     .id(EventId::new("7")?)
///     .event(EventName::new("alert")?)
///     .data("disk is full")
///     .retry(Duration::from_secs(3));
///
/// let mut stream = Vec::new();
/// let mut frame = Frame::new(&mut stream);
/// frame.write(&event);
/// frame.finish();
/// assert_eq!(stream, b"id: 7\nevent: alert\nretry: 3000\ndata: disk is full\n\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    id: Option<EventId>,
    name: Option<EventName>,
    data: Option<String>,
    retry: Option<Duration>,
}

impl Event {
    /// An event with nothing in it, which is nothing on the wire.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the id from which a client resumes.
    #[must_use]
    pub fn id(self, id: EventId) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// Sets the name; without one the client sees `message`.
    #[must_use]
    pub fn event(self, name: EventName) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// Sets the data. Each CR, LF or CRLF in it reaches the client as one LF.
    #[must_use]
    pub fn data(self, data: impl Into<String>) -> Self {
        Self {
            data: Some(data.into()),
            ..self
        }
    }

    /// Sets the data to `value` as JSON.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] where `value` has no JSON form (a map whose keys are no strings, say) or its
    /// `Serialize` fails.
    pub fn json_data<T: Serialize + ?Sized>(self, value: &T) -> Result<Self, EncodeError> {
        let json = serde_json::to_string(value).map_err(EncodeError::json)?;
        Ok(self.data(json))
    }

    /// Sets how long a client waits before it reconnects. The wire has whole milliseconds; the rest
    /// is cut off.
    #[must_use]
    pub fn retry(self, retry: Duration) -> Self {
        Self {
            retry: Some(retry),
            ..self
        }
    }

    /// The id, if one was set.
    pub fn get_id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// The name, if one was set.
    pub fn get_event(&self) -> Option<&EventName> {
        self.name.as_ref()
    }

    /// The data, if any was set.
    pub fn get_data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The reconnection time, if one was set.
    pub fn get_retry(&self) -> Option<Duration> {
        self.retry
    }
}
