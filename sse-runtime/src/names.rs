//! Names and ids that mean something of their own, so that no event may bear them.

use crate::wire::EventName;

/// The id of the last frame of a stream that has ended for good. A request that resumes from it is
/// answered 204, upon which an EventSource stops ("a client can be told to stop reconnecting using
/// the HTTP 204 No Content response code", WHATWG HTML §9.2.1).
pub(crate) const END_OF_STREAM: &str = "sse-runtime:end-of-stream";

/// Whether an event of this name would be mistaken for something else, and for what.
///
/// A browser fires `open` and `error` at an EventSource by itself; an event of the server with one
/// of these names calls the same handlers. `gap` tells of missed events.
pub(crate) fn reserved_for(name: &[u8]) -> Option<&'static str> {
    match name {
        b"open" => Some("EventSource's own `open` event"),
        b"error" => Some("EventSource's own `error` event"),
        b"gap" => Some("telling clients of missed events"),
        _ => None,
    }
}

/// Checks the names of an enum's variants, as far as serde reveals them.
pub(crate) fn check_variants(names: &[&str]) -> Result<(), String> {
    for name in names {
        if let Some(purpose) = reserved_for(name.as_bytes()) {
            return Err(format!(
                "the variant `{name}` has a name that is reserved for {purpose}: rename it"
            ));
        }
        if let Err(error) = EventName::new(*name) {
            return Err(format!(
                "the variant `{name:?}` cannot name an event: {error}"
            ));
        }
    }
    Ok(())
}
