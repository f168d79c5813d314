//! Names and ids that mean something of their own, so that no event may bear them.

/// The id of the last frame of a stream that has ended for good. A request that resumes from it is
/// answered 204, upon which an EventSource stops ("a client can be told to stop reconnecting using
/// the HTTP 204 No Content response code", WHATWG HTML §9.2.1).
pub(crate) const END_OF_STREAM: &str = "sse-runtime:end-of-stream";

/// What an event name is reserved for, where it is: an event of the server with such a name would be
/// mistaken for something else, so a typed endpoint refuses to send it.
///
/// A browser fires `open` and `error` at an EventSource by itself
/// ([WHATWG HTML §9.2.2](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface)),
/// and events of these names call the same handlers. A service whose users choose names should ask
/// this when it is given one.
///
/// ```
/// assert_eq!(sse_runtime::reserved_name("open"), Some("EventSource's own `open` event"));
/// assert_eq!(sse_runtime::reserved_name("opened"), None);
/// ```
#[must_use]
pub fn reserved_name(name: &str) -> Option<&'static str> {
    match name {
        "open" => Some("EventSource's own `open` event"),
        "error" => Some("EventSource's own `error` event"),
        _ => None,
    }
}
