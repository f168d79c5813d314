use std::borrow::Cow;

use http::request::Parts;

use super::Problem;
use super::payload::query_pairs;
use crate::names::END_OF_STREAM;
use crate::wire::EventId;

const HEADER: &str = "last-event-id";
const QUERY: &str = "last_event_id";

/// What a request says of the last event that its client has seen.
#[derive(Debug, Clone)]
pub(super) struct LastEventId(Option<EventId>);

impl LastEventId {
    /// Reads the header, or `?last_event_id=` where it is absent: a page's first connect cannot set
    /// headers.
    pub(super) fn of(parts: &Parts) -> Result<Self, Problem> {
        let mut headers = parts.headers.get_all(HEADER).iter();
        let text = match (headers.next(), headers.next()) {
            (Some(_), Some(_)) => {
                return Err(Problem::bad_request(
                    "there is more than one `Last-Event-ID` header; send one",
                ));
            }
            // "encoded as UTF-8": browsers send it so, and bytes above 0x7F are no error.
            (Some(header), None) => Some(
                std::str::from_utf8(header.as_bytes())
                    .map(Cow::Borrowed)
                    .map_err(|_| Problem::bad_request("the `Last-Event-ID` header is not UTF-8"))?,
            ),
            (None, _) => Self::of_query(parts)?,
        };
        match text {
            None => Ok(Self(None)),
            // A client that has seen no id sends no header; an empty one says the same.
            Some(text) if text.is_empty() => Ok(Self(None)),
            Some(text) => match EventId::new(text.as_ref()) {
                Ok(id) => Ok(Self(Some(id))),
                Err(error) => Err(Problem::bad_request(format!(
                    "`last_event_id` is no event id: {error}"
                ))),
            },
        }
    }

    fn of_query(parts: &Parts) -> Result<Option<Cow<'static, str>>, Problem> {
        let mut values = query_pairs(parts.uri.query())
            .filter(|(name, _)| name == QUERY)
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(Problem::bad_request(
                "there is more than one `last_event_id` in the query; send one",
            )),
            (Some(Some(value)), None) => Ok(Some(Cow::Owned(value))),
            (Some(None), None) => Err(Problem::bad_request(
                "`last_event_id` in the query is not UTF-8",
            )),
        }
    }

    pub(super) fn is_end_of_stream(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|id| id.as_str() == END_OF_STREAM)
    }

    pub(super) fn get(&self) -> Option<&EventId> {
        self.0.as_ref()
    }

    pub(super) fn into_inner(self) -> Option<EventId> {
        self.0
    }
}
