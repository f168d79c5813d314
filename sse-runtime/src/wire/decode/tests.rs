use super::*;

/// Items as text: `event|data|last event id`, `id:…`, `retry:…`, `error:…`.
fn read(decoder: &mut Decoder, chunks: &[&[u8]]) -> Vec<String> {
    let mut seen = Vec::new();
    for chunk in chunks {
        decoder.push(Bytes::copy_from_slice(chunk));
        loop {
            seen.push(match decoder.next_item() {
                Ok(None) => break,
                Ok(Some(Item::Message(message))) => {
                    format!(
                        "{}|{}|{}",
                        message.event(),
                        message.data(),
                        message.last_event_id()
                    )
                }
                Ok(Some(Item::LastEventId(id))) => format!("id:{id}"),
                Ok(Some(Item::Retry(retry))) => format!("retry:{}", retry.as_millis()),
                Err(error) => format!("error:{error}"),
            });
        }
    }
    seen
}

/// What a stream says, which must be the same whole, byte by byte, and with empty chunks between.
fn decode(stream: impl AsRef<[u8]>) -> Vec<String> {
    limited(Decoder::new, stream)
}

fn limited(decoder: impl Fn() -> Decoder, stream: impl AsRef<[u8]>) -> Vec<String> {
    let stream = stream.as_ref();
    let whole = read(&mut decoder(), &[stream]);
    let bytes: Vec<&[u8]> = stream.chunks(1).flat_map(|byte| [byte, &[]]).collect();
    assert_eq!(read(&mut decoder(), &bytes), whole);
    for cut in 0..stream.len() {
        let (head, tail) = stream.split_at(cut);
        assert_eq!(read(&mut decoder(), &[head, tail]), whole, "cut at {cut}");
    }
    whole
}

#[test]
fn an_event_has_a_name_data_and_the_last_event_id() {
    assert_eq!(
        decode("id: 7\nevent: alert\ndata: a\ndata: b\n\n"),
        ["alert|a\nb|7"]
    );
}

#[test]
fn the_name_is_message_where_none_or_an_empty_one_was_given() {
    assert_eq!(
        decode("data: a\n\nevent:\ndata: b\n\n"),
        ["message|a|", "message|b|"]
    );
    assert_eq!(decode("event: x\n\ndata: a\n\n"), ["message|a|"]);
}

#[test]
fn lines_end_in_cr_lf_or_crlf() {
    assert_eq!(
        decode("data: a\rdata: b\ndata: c\r\n\r\n"),
        ["message|a\nb\nc|"]
    );
    assert_eq!(
        decode("data: a\r\rdata: b\n\r"),
        ["message|a|", "message|b|"]
    );
    assert_eq!(decode("data: a\n\n\r\r\n\n"), ["message|a|"]);
}

#[test]
fn a_line_that_ended_in_cr_is_not_held_back() {
    let mut decoder = Decoder::new();
    assert_eq!(read(&mut decoder, &[b"data: a\r\r"]), ["message|a|"]);
    assert_eq!(read(&mut decoder, &[b"\ndata: b\n\n"]), ["message|b|"]);
}

#[test]
fn one_bom_is_stripped_at_the_start_and_nowhere_else() {
    assert_eq!(decode("\u{feff}data: a\n\n"), ["message|a|"]);
    assert_eq!(decode("\u{feff}\u{feff}data: a\n\n"), [""; 0]);
    assert_eq!(decode("data: a\n\u{feff}data: b\n\n"), ["message|a|"]);
    assert_eq!(decode("data: \u{feff}\n\n"), ["message|\u{feff}|"]);
    assert_eq!(decode(b"\xEF\xBB\ndata: a\n\n"), ["message|a|"]);
    assert_eq!(decode(b"\xEF\xBBdata: a\n\n"), [""; 0]);
}

#[test]
fn one_space_after_the_colon_is_removed() {
    assert_eq!(
        decode("data:a\ndata: a\ndata:  a\ndata:\ta\n\n"),
        ["message|a\na\n a\n\ta|"]
    );
}

#[test]
fn a_field_without_a_colon_has_the_empty_value() {
    assert_eq!(
        decode("data\n\ndata\ndata\n\n"),
        ["message||", "message|\n|"]
    );
    assert_eq!(
        decode("id: 7\ndata\n\nid\ndata\n\n"),
        ["message||7", "message||"]
    );
}

#[test]
fn comments_and_unknown_fields_are_skipped() {
    assert_eq!(
        decode(": data: a\nDATA: a\ndat: a\n data: a\ndataa\ndata : a\n\n"),
        [""; 0]
    );
}

#[test]
fn an_id_stays_until_the_next_one() {
    let stream = "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n";
    assert_eq!(decode(stream), ["message|a|1", "message|b|1", "message|c|"]);
}

#[test]
fn an_id_without_data_moves_the_resume_point() {
    assert_eq!(
        decode("id: 1\n\nevent: x\nid: 2\n\ndata: a\n\n"),
        ["id:1", "id:2", "message|a|2"]
    );
}

#[test]
fn an_id_with_nul_is_ignored() {
    assert_eq!(
        decode("id: 1\nid: 2\0\ndata: a\n\nid: \0\n\n"),
        ["message|a|1"]
    );
}

#[test]
fn an_id_of_any_length_with_nul_at_any_place_is_ignored() {
    for length in 1..40 {
        for at in 0..length {
            let mut id = vec![b'x'; length];
            id[at] = 0;
            let stream = [b"id: 1\nid: ", &*id, b"\ndata: a\n\n"].concat();
            assert_eq!(read(&mut Decoder::new(), &[&stream]), ["message|a|1"]);
        }
    }
}

#[test]
fn the_last_of_several_ids_and_names_holds() {
    assert_eq!(
        decode("id: 1\nevent: a\nid: 2\nevent: b\ndata\n\n"),
        ["b||2"]
    );
}

#[test]
fn an_event_that_the_end_cuts_off_leaves_no_trace() {
    let mut decoder = Decoder::new();
    assert_eq!(
        read(&mut decoder, &[b"id: 1\ndata: a\n\nid: 2\ndata: b\n"]),
        ["message|a|1"]
    );
    assert_eq!(decoder.last_event_id(), "1");
}

#[test]
fn retry_takes_digits_only_and_holds_at_once() {
    assert_eq!(decode("retry: 10\n"), ["retry:10"]);
    assert_eq!(
        decode("data: a\nretry:007\ndata: b\n\n"),
        ["retry:7", "message|a\nb|"]
    );
    assert_eq!(
        decode("retry: 99999999999999999999999\n"),
        ["retry:18446744073709551615"]
    );
    for refused in ["+5", "-5", "5 ", " 5", "5s", "", "٥", "1e3"] {
        assert_eq!(
            decode(format!("retry: {refused}\n")),
            [""; 0],
            "{refused:?}"
        );
    }
    assert_eq!(decode("retry\n"), [""; 0]);
}

#[test]
fn bad_utf8_becomes_replacement_characters() {
    let stream = b"id: \xFF\nevent: \xF0\x9F\x92\ndata: a\xC3\ndata: \xC3\xBC\x80\n\n";
    assert_eq!(decode(stream), ["\u{fffd}|a\u{fffd}\nü\u{fffd}|\u{fffd}"]);
}

#[test]
fn a_line_over_its_limit_is_an_error_and_the_next_event_is_read() {
    let decoder = || Decoder::new().max_line(8);
    let error =
        "error:a line of the stream is longer than 8 bytes; raise `max_line` if it should pass";
    assert_eq!(limited(decoder, "data: 78\n\n"), ["message|78|"]);
    assert_eq!(
        limited(decoder, "id: 1\ndata: 789\nid: 2\n\ndata: b\n\n"),
        [error, "message|b|1"]
    );
    assert_eq!(
        limited(decoder, "data: 789\r\n\r\ndata: b\n\n"),
        [error, "message|b|"]
    );
    assert_eq!(limited(decoder, ":23456789\n"), [error]);
}

#[test]
fn the_limit_of_lines_holds_after_one_over_it_that_a_cut_divides() {
    let mut decoder = Decoder::new().max_line(8);
    let long =
        "error:a line of the stream is longer than 8 bytes; raise `max_line` if it should pass";
    assert_eq!(
        read(&mut decoder, &[b"data", b": 789\n\ndata: 789\n\n"]),
        [long, long]
    );
}

#[test]
fn an_event_over_its_limit_is_an_error_and_the_next_event_is_read() {
    let decoder = || Decoder::new().max_event(4);
    let error =
        "error:an event of the stream is longer than 4 bytes; raise `max_event` if it should pass";
    assert_eq!(
        limited(decoder, "data: ab\ndata: d\n\n"),
        ["message|ab\nd|"]
    );
    assert_eq!(
        limited(decoder, "data: ab\ndata: de\n\ndata: b\n\n"),
        [error, "message|b|"]
    );
    assert_eq!(
        limited(decoder, "id: 123\nevent: ab\ndata\nid: 4\n\nid: 5\n\n"),
        [error, "id:5"]
    );
    assert_eq!(
        limited(decoder, "event: abcd\nevent: abc\ndata: d\n\n"),
        ["abc|d|"]
    );
}

#[test]
fn the_id_before_what_is_over_a_limit_counts_unless_it_is_that_itself() {
    let mut decoder = Decoder::new().max_event(4);
    let stream = b"id: 7\ndata: abcd\nid: 8\n\nid: 12345\ndata\n\n";
    decoder.push(&stream[..]);
    assert!(decoder.next_item().is_err());
    assert_eq!(decoder.last_event_id(), "7");
    assert!(decoder.next_item().is_err());
    assert_eq!(decoder.last_event_id(), "7");
    assert_eq!(decoder.next_item(), Ok(None));
}

#[test]
fn a_decoder_goes_on_with_the_id_of_the_stream_before() {
    let mut decoder = Decoder::new().resume_from(&"7".parse().unwrap());
    assert_eq!(decoder.last_event_id(), "7");
    assert_eq!(
        read(&mut decoder, &[b"data: a\n\nid\ndata: b\n\n"]),
        ["message|a|7", "message|b|"]
    );
}

#[test]
fn a_limit_holds_from_when_it_is_set() {
    let mut decoder = Decoder::new();
    let stream = b"data: abcde\n\ndata: abcde\n\ndata: abcde\n\ndata: a\n\n";
    decoder.push(&stream[..]);
    assert!(matches!(decoder.next_item(), Ok(Some(Item::Message(_)))));
    decoder = decoder.max_event(4);
    assert!(decoder.next_item().is_err());
    decoder = decoder.max_event(5).max_line(10);
    assert!(decoder.next_item().is_err());
    assert!(matches!(decoder.next_item(), Ok(Some(Item::Message(_)))));
}

#[test]
fn the_last_event_id_outlives_an_event_over_its_limit() {
    let decoder = || Decoder::new().max_event(4);
    assert_eq!(
        limited(decoder, "id: 1\n\ndata: abcde\n\ndata: a\n\n")
            .last()
            .unwrap(),
        "message|a|1"
    );
}

#[test]
fn chunks_may_wait() {
    let mut decoder = Decoder::new();
    for chunk in ["data: a\n\nda", "ta: b\n", "\n"] {
        decoder.push(chunk);
    }
    assert_eq!(read(&mut decoder, &[b""]), ["message|a|", "message|b|"]);
}

#[test]
fn every_byte_is_scanned_once_however_the_stream_is_cut() {
    let mut stream = b"event: alert\r\nid: 7\r\ndata: ".to_vec();
    stream.extend_from_slice(&[b'x'; 40_000]);
    stream.extend_from_slice(b"\r\ndata: a\ndata: b\n\n: comment\n\n");
    for size in [1, 2, 7, 100, 4096, stream.len()] {
        let mut decoder = Decoder::new();
        let chunks: Vec<&[u8]> = stream.chunks(size).collect();
        assert_eq!(read(&mut decoder, &chunks).len(), 1);
        assert!(
            decoder.lines.scanned <= stream.len(),
            "{} of {}",
            decoder.lines.scanned,
            stream.len()
        );
    }
}

#[test]
fn buffers_give_back_what_a_huge_event_took() {
    let mut decoder = Decoder::new();
    let huge = format!("id: {0}\ndata: {0}\n\n", "x".repeat(1 << 20));
    for chunk in huge.as_bytes().chunks(1000) {
        decoder.push(Bytes::copy_from_slice(chunk));
        while decoder.next_item().unwrap().is_some() {}
    }
    read(&mut decoder, &[b"id: 1\ndata: a\n\n"]);
    let held = decoder.lines.capacity() + decoder.block.capacity();
    assert!(held <= 5 * block::KEEP, "{held}");
}

/// `own id, own name, own retry` of the messages, however the stream is cut.
fn own_lines(stream: &str) -> Vec<String> {
    let told = |cut: usize| {
        let mut decoder = Decoder::new();
        let mut told = Vec::new();
        for chunk in [stream.get(..cut), stream.get(cut..)].into_iter().flatten() {
            decoder.push(Bytes::copy_from_slice(chunk.as_bytes()));
            while let Some(item) = decoder.next_item().unwrap() {
                if let Item::Message(message) = item {
                    let retry = message.retry().map(|time| time.as_millis());
                    told.push(format!("{:?} {:?} {retry:?}", message.id(), message.name()));
                }
            }
        }
        told
    };
    let whole = told(0);
    for cut in 1..stream.len() {
        assert_eq!(told(cut), whole, "cut at {cut}");
    }
    whole
}

#[test]
fn a_message_tells_its_own_lines_from_what_held_before() {
    assert_eq!(
        own_lines("id: 7\nevent: a\nretry: 5\ndata\n\ndata\n\nid\nevent:\ndata\n\n"),
        [
            r#"Some("7") Some("a") Some(5)"#,
            "None None None",
            r#"Some("") Some("") None"#
        ]
    );
    // The last of several holds, and a block without data leaves nothing behind.
    assert_eq!(
        own_lines("retry: 1\nretry: 2\ndata\n\nretry: 3\n\ndata\n\nid: 1\nretry: 4\n\ndata\n\n"),
        ["None None Some(2)", "None None None", "None None None"]
    );
}
