use super::*;

/// The streams of `vectors.json`, which every decoder of this project reads.
const VECTORS: &str = include_str!("vectors.json");

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Vector {
    name: String,
    #[serde(default)]
    stream: String,
    /// In place of `stream`, where that is no text.
    #[serde(default)]
    bytes: Vec<u8>,
    max_line: Option<usize>,
    max_event: Option<usize>,
    items: Vec<String>,
}

impl Vector {
    fn stream(&self) -> &[u8] {
        match self.stream.as_bytes() {
            [] => &self.bytes,
            stream => stream,
        }
    }

    fn decoder(&self) -> Decoder {
        let decoder = Decoder::new();
        let decoder = match self.max_line {
            Some(bytes) => decoder.max_line(bytes),
            None => decoder,
        };
        match self.max_event {
            Some(bytes) => decoder.max_event(bytes),
            None => decoder,
        }
    }
}

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
                Ok(Some(Item::Retry(time))) if time.as_millis() == u64::MAX.into() => {
                    "retry:longest".to_owned()
                }
                Ok(Some(Item::Retry(time))) => format!("retry:{}", time.as_millis()),
                Err(DecodeError::LineTooLong { .. }) => "error:line".to_owned(),
                Err(DecodeError::EventTooLong { .. }) => "error:event".to_owned(),
            });
        }
    }
    seen
}

#[test]
fn each_stream_says_the_same_whole_in_bytes_and_cut_in_two_anywhere() {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    for vector in vectors {
        let Vector { name, items, .. } = &vector;
        let stream = vector.stream();
        assert_eq!(read(&mut vector.decoder(), &[stream]), *items, "{name}");
        let bytes: Vec<&[u8]> = stream.chunks(1).flat_map(|byte| [byte, &[]]).collect();
        assert_eq!(read(&mut vector.decoder(), &bytes), *items, "{name}");
        for cut in 0..stream.len() {
            let (head, tail) = stream.split_at(cut);
            let cut_in_two = read(&mut vector.decoder(), &[head, tail]);
            assert_eq!(cut_in_two, *items, "{name}, cut at {cut}");
        }
    }
}

#[test]
fn a_line_that_ended_in_cr_is_not_held_back() {
    let mut decoder = Decoder::new();
    assert_eq!(read(&mut decoder, &[b"data: a\r\r"]), ["message|a|"]);
    assert_eq!(read(&mut decoder, &[b"\ndata: b\n\n"]), ["message|b|"]);
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
fn an_event_that_the_end_cuts_off_leaves_no_trace() {
    let mut decoder = Decoder::new();
    assert_eq!(
        read(&mut decoder, &[b"id: 1\ndata: a\n\nid: 2\ndata: b\n"]),
        ["message|a|1"]
    );
    assert_eq!(decoder.last_event_id(), "1");
}

#[test]
fn the_limit_of_lines_holds_after_one_over_it_that_a_cut_divides() {
    let mut decoder = Decoder::new().max_line(8);
    let long = "error:line";
    assert_eq!(
        read(&mut decoder, &[b"data", b": 789\n\ndata: 789\n\n"]),
        [long, long]
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
