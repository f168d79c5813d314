use http::request::Parts;

use super::payload::query;
use crate::names::END_OF_STREAM;
use crate::problem::Problem;
use crate::wire::EventId;

const HEADER: &str = "last-event-id";
const QUERY: &str = "last_event_id";

/// What a request says of the last event that its client has seen.
#[derive(Debug, Clone)]
pub(super) struct LastEventId {
    id: Option<EventId>,
    place: &'static str,
}

impl LastEventId {
    /// Reads the header, or `?last_event_id=` where it is absent: a page's first connect cannot set
    /// headers.
    pub(super) fn of(parts: &Parts) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(HEADER).iter();
        match (headers.next(), headers.next()) {
            (Some(_), Some(_)) => Err(Problem::bad_request(
                "there is more than one `Last-Event-ID` header; send one",
            )),
            (Some(header), None) => {
                Self::new(Some(header.as_bytes()), "the `Last-Event-ID` header")
            }
            (None, _) => {
                let mut values = query::pairs(parts.uri.query()).filter(|(name, _)| name == QUERY);
                match (values.next(), values.next()) {
                    (Some(_), Some(_)) => Err(Problem::bad_request(
                        "there is more than one `last_event_id` in the query; send one",
                    )),
                    (value, _) => Self::new(
                        value.as_ref().map(|(_, value)| value.as_slice()),
                        "`last_event_id` in the query",
                    ),
                }
            }
        }
    }

    fn new(value: Option<&[u8]>, place: &'static str) -> Result<Self, Problem> {
        // A client that has seen no id sends no header; an empty one says the same.
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Ok(Self { id: None, place });
        };
        // Browsers send it "encoded as UTF-8": bytes above 0x7F are no error.
        let text = std::str::from_utf8(value)
            .map_err(|_| Problem::bad_request(format!("{place} is not UTF-8")))?;
        let id = EventId::new(text)
            .map_err(|error| Problem::bad_request(format!("{place} is no event id: {error}")))?;
        Ok(Self {
            id: Some(id),
            place,
        })
    }

    pub(super) fn is_end_of_stream(&self) -> bool {
        self.get().is_some_and(|id| id.as_str() == END_OF_STREAM)
    }

    pub(super) fn get(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// Where it came from, for messages.
    pub(super) fn place(&self) -> &'static str {
        self.place
    }
}
