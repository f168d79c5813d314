//! What is written is read back, and what is read is what the standard says, however it is cut.

mod decoded;
mod naive;
mod told;

use std::time::Duration;

use decoded::{cut, decode};
use proptest::prelude::*;
use sse_runtime::wire::{Decoder, Event, EventId, EventName, Frame};
use told::{encode, told};

/// Text in which what matters to the format is frequent.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "\r", "\n", "\r\n", " ", ":", "\0", "\u{feff}", "data", "data: ", "id: 1", "ü", "🦀",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn event() -> impl Strategy<Value = Event> {
    let id = text().prop_map(|id| EventId::new(id.replace(['\r', '\n', '\0'], "_")).unwrap());
    let name = text().prop_map(|name| EventName::new(name.replace(['\r', '\n'], "_")).unwrap());
    let retry = any::<(u64, u32)>().prop_map(|(seconds, nanos)| {
        Duration::from_secs(seconds >> (nanos % 64)) + Duration::from_nanos(nanos.into()) / 8
    });
    let options = (
        prop::option::of(id),
        prop::option::of(name),
        prop::option::of(text()),
        prop::option::of(retry),
    );
    options.prop_map(|(id, name, data, retry)| {
        let event = id.into_iter().fold(Event::new(), Event::id);
        let event = name.into_iter().fold(event, Event::event);
        let event = data.into_iter().fold(event, Event::data);
        retry.into_iter().fold(event, Event::retry)
    })
}

/// Bytes in which fields, line ends, BOMs, colons, NUL and broken UTF-8 are frequent, and some lines
/// are long.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            &b"\r"[..], b"\n", b"\n\n", b"\r\n", b"\r\r", b":", b" ", b"\0", b"\xEF\xBB\xBF", b"\xEF",
            b"\xBB", b"\xFF", b"\xC3", b"\xE2\x82", b"\xF0\x9F\x92", b"\xED\xA0\x80", b"\xC0\xAF",
            b"data", b"event", b"id", b"retry", b"data:", b"data: ", b"event: ", b"id: ", b"retry: ",
            b"7", b"+", b"99999999999999999999", "٣".as_bytes(), "ü".as_bytes(),
        ])
        .prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..4),
        1 => (prop::sample::select(vec!["x", "ü", "€", "🦀"]), 0..300_usize)
            .prop_map(|(text, times)| text.repeat(times).into_bytes()),
    ];
    prop::collection::vec(piece, 0..48).prop_map(|pieces| pieces.concat())
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![0..20_usize, 0..1000_usize], 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_is_decoded_whole_byte_by_byte_and_at_any_cuts(
        events in prop::collection::vec(event(), 0..4),
        lengths in lengths(),
    ) {
        let (stream, told) = (encode(&events), told(&events));
        prop_assert_eq!(&naive::decode(&stream), &told);
        prop_assert_eq!(&decode([&*stream]), &told);
        prop_assert_eq!(&decode(stream.chunks(1)), &told);
        prop_assert_eq!(&decode(cut(&stream, &lengths)), &told);
    }

    #[test]
    fn any_bytes_say_what_the_standard_says_whole_byte_by_byte_and_at_any_cuts(
        stream in soup(),
        lengths in lengths(),
    ) {
        let said = naive::decode(&stream);
        prop_assert_eq!(&decode([&*stream]), &said);
        prop_assert_eq!(&decode(stream.chunks(1)), &said);
        prop_assert_eq!(&decode(cut(&stream, &lengths)), &said);
    }

    #[test]
    fn limits_hold_wherever_the_stream_is_cut(
        stream in soup(),
        lengths in lengths(),
        max_line in 0..24_usize,
        max_event in 0..24_usize,
    ) {
        let decode = |chunks: Vec<&[u8]>| {
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
        };
        let whole = decode(vec![&stream]);
        // An unfinished line at the end is refused where it is seen to be too long, if it is.
        prop_assert_eq!(&decode(stream.chunks(1).collect()), &whole);
        prop_assert_eq!(&decode(cut(&stream, &lengths)), &whole);
    }

    #[test]
    fn displayed_data_is_written_like_text(pieces in prop::collection::vec(text(), 0..6)) {
        use std::fmt::Write;

        let mut displayed = Vec::new();
        let mut frame = Frame::new(&mut displayed);
        frame.data_with(|data| pieces.iter().try_for_each(|piece| data.write_str(piece))).unwrap();
        frame.finish();
        prop_assert_eq!(displayed, encode(&[Event::new().data(pieces.concat())]));
    }

    #[test]
    fn json_comes_back_as_the_same_value(text in text()) {
        let event = Event::new().json_data(&(&text, 7)).unwrap();
        let mut stream = Vec::new();
        let mut frame = Frame::new(&mut stream);
        frame.data_json(&(&text, 7)).unwrap();
        frame.finish();
        prop_assert_eq!(&stream, &encode(std::slice::from_ref(&event)));
        let value: (String, u8) = serde_json::from_str(event.get_data().unwrap()).unwrap();
        prop_assert_eq!(value, (text, 7));
    }
}
