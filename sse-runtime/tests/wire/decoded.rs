//! The decoder, asked like the naive one.

use sse_runtime::wire::{Decoder, Item};

use crate::naive::Said;

/// What the decoder says of a stream that comes in `chunks`.
pub(crate) fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Said> {
    let mut decoder = Decoder::new();
    let mut said = Vec::new();
    for chunk in chunks {
        decoder.push(chunk.to_vec());
        while let Some(item) = decoder.next_item().unwrap() {
            said.push(match item {
                Item::Message(message) => Said::Event(
                    message.event().to_owned(),
                    message.data().to_owned(),
                    message.last_event_id().to_owned(),
                ),
                Item::LastEventId(id) => Said::Id(id.to_owned()),
                Item::Retry(retry) => Said::Retry(retry.as_millis().try_into().unwrap()),
                other => panic!("an item that the standard does not know: {other:?}"),
            });
        }
    }
    said
}

/// `stream` in chunks of the given lengths, over and over.
pub(crate) fn cut<'a>(mut stream: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for length in lengths.iter().chain([&1]).cycle() {
        if stream.is_empty() {
            break;
        }
        let (chunk, rest) = stream.split_at((*length).min(stream.len()));
        chunks.push(chunk);
        stream = rest;
    }
    chunks
}
