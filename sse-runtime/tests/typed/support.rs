//! An endpoint without a server: events become bytes, and bytes events.

use sse_runtime::wire::{Decoder, Frame, Item, Message};
use sse_runtime::{Decode, DecodeEventError, Decoded};

/// What a client makes of `event`, which went over the wire. `None` where no client is told of it.
pub(crate) fn sent<E: Decode<T>, T>(
    _endpoint: E,
    event: &T,
) -> Option<Result<Decoded<T>, DecodeEventError>> {
    let mut stream = Vec::new();
    let mut frame = Frame::new(&mut stream);
    E::encode(event, &mut frame).expect("the event can be written");
    frame.finish();
    first(&stream, E::decode)
}

/// What a client of the endpoint makes of the first event in `stream`.
pub(crate) fn received<E: Decode<T>, T>(
    _endpoint: E,
    stream: &str,
) -> Result<Decoded<T>, DecodeEventError> {
    first(stream.as_bytes(), E::decode).expect("there is an event")
}

fn first<R>(stream: &[u8], read: impl FnOnce(&Message<'_>) -> R) -> Option<R> {
    let mut decoder = Decoder::new();
    decoder.push(stream.to_vec());
    while let Some(item) = decoder.next_item().expect("no event is too long") {
        if let Item::Message(message) = item {
            return Some(read(&message));
        }
    }
    None
}

/// The endpoint of a trait with one method, whose keys are given.
macro_rules! endpoint {
    ([$($args:tt)*] $event:ty) => {{
        #[sse_runtime::server_sent_events(client)]
        trait Api {
            #[sse($($args)*)]
            async fn events(
                &self,
                stream: impl EventsServerStream<$event>,
            ) -> Result<(), sse_runtime::Problem>;
        }
        ApiEvents
    }};
}

/// That an event comes back as it was sent.
macro_rules! comes_back {
    ([$($args:tt)*] $ty:ty, $event:expr) => {{
        let event: $ty = $event;
        let endpoint = crate::support::endpoint!([$($args)*] $ty);
        match crate::support::sent(endpoint, &event).expect("a client is told of it") {
            Ok(sse_runtime::Decoded::Event(back)) => assert_eq!(back, event),
            other => panic!("{event:?} came back as {other:?}"),
        }
    }};
}

/// What a client says of a stream that does not fit.
macro_rules! misfit {
    ([$($args:tt)*] $ty:ty, $stream:expr) => {{
        let endpoint = crate::support::endpoint!([$($args)*] $ty);
        let received: Result<sse_runtime::Decoded<$ty>, _> =
            crate::support::received(endpoint, $stream);
        received.unwrap_err().to_string()
    }};
}

pub(crate) use {comes_back, endpoint, misfit};
