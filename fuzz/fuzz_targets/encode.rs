//! Events that are written say what they were, however the stream is cut.

#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sse_runtime::wire::{Event, EventId, EventName};

#[path = "../../sse-runtime/tests/wire/decoded.rs"]
mod decoded;
#[path = "../../sse-runtime/tests/wire/naive.rs"]
mod naive;
#[path = "../../sse-runtime/tests/wire/told.rs"]
mod told;

#[derive(Arbitrary, Debug)]
struct Parts<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    data: Option<&'a str>,
    retry: Option<Duration>,
}

fuzz_target!(|input: (Vec<Parts<'_>>, Vec<u8>)| {
    let (events, lengths) = input;
    let events: Vec<Event> = events.iter().map(event).collect();
    let lengths: Vec<usize> = lengths.into_iter().map(usize::from).collect();

    let (stream, told) = (told::encode(&events), told::told(&events));
    assert_eq!(naive::decode(&stream), told);
    assert_eq!(decoded::decode([&*stream]), told);
    assert_eq!(decoded::decode(decoded::cut(&stream, &lengths)), told);
});

/// An event of these parts, without an id or a name that is refused, which only the right ones are.
fn event(parts: &Parts<'_>) -> Event {
    let mut event = Event::new();
    if let Some(id) = parts.id {
        match EventId::new(id) {
            Ok(id) => event = event.id(id),
            Err(error) => assert!(id[error.position()..].starts_with(['\r', '\n', '\0'])),
        }
    }
    if let Some(name) = parts.name {
        match EventName::new(name) {
            Ok(name) => event = event.event(name),
            Err(error) => assert!(name[error.position()..].starts_with(['\r', '\n'])),
        }
    }
    let event = parts.data.into_iter().fold(event, Event::data);
    parts.retry.into_iter().fold(event, Event::retry)
}
