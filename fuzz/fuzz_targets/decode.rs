//! Any bytes say what the standard says, however the stream is cut; limits hold likewise.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_runtime::wire::Decoder;

#[path = "../../sse-runtime/tests/wire/decoded.rs"]
mod decoded;
#[path = "../../sse-runtime/tests/wire/naive.rs"]
mod naive;

fuzz_target!(|input: (Vec<u8>, u8, u8, &[u8])| {
    let (lengths, max_line, max_event, stream) = input;
    let lengths: Vec<usize> = lengths.into_iter().map(usize::from).collect();
    let chunks = || decoded::cut(stream, &lengths);

    let said = naive::decode(stream);
    assert_eq!(decoded::decode([stream]), said);
    assert_eq!(decoded::decode(chunks()), said);

    let limits = (max_line.into(), max_event.into());
    assert_eq!(limited(limits, &chunks()), limited(limits, &[stream]));
});

fn limited((max_line, max_event): (usize, usize), chunks: &[&[u8]]) -> Vec<String> {
    let mut decoder = Decoder::new().max_line(max_line).max_event(max_event);
    let mut said = Vec::new();
    for chunk in chunks {
        decoder.push(chunk.to_vec());
        loop {
            match decoder.next_item() {
                Ok(None) => break,
                item => said.push(format!("{item:?}")),
            }
        }
    }
    said
}
