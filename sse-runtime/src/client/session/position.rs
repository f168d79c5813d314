use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::wire::EventId;

/// Where a client is in a stream: all that it takes to go on from there, in this process or in another.
///
/// ```
/// use sse_runtime::client::Position;
///
/// let saved = r#"{"last_event_id":"e1-42","reconnection_time":3000}"#;
/// let position: Position = serde_json::from_str(saved)?;
/// assert_eq!(position.last_event_id().map(|id| id.as_str()), Some("e1-42"));
/// assert_eq!(serde_json::to_string(&position)?, saved);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_event_id: Option<EventId>,
    #[serde(
        default,
        with = "milliseconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) reconnection_time: Option<Duration>,
}

impl Position {
    /// After the event with this id.
    #[must_use]
    pub fn after(id: EventId) -> Self {
        Self {
            last_event_id: Some(id).filter(|id| !id.as_str().is_empty()),
            reconnection_time: None,
        }
    }

    /// The id of the last event that had one; `None` before it, and where an empty one has reset it.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&EventId> {
        self.last_event_id.as_ref()
    }

    /// What the server has said of the time to wait before reconnecting, as it has said it.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }
}

/// As on the wire.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let milliseconds = time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        milliseconds.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
