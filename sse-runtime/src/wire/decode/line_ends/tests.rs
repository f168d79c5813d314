use super::*;

fn naive(text: &[u8]) -> Vec<usize> {
    let is_end = |at: &usize| matches!(text[*at], b'\r' | b'\n');
    (0..text.len()).filter(is_end).collect()
}

fn found(text: &[u8]) -> Vec<usize> {
    let mut ends = LineEnds::default();
    let found = std::iter::from_fn(|| ends.next(text)).collect();
    assert_eq!(ends.next(text), None);
    found
}

#[test]
fn an_end_is_found_in_a_text_of_any_length_at_any_position() {
    for length in 0..=(LONG + 3) * BLOCK {
        let mut text = vec![b'x'; length];
        assert_eq!(found(&text), [0; 0]);
        for at in 0..length {
            text[at] = if at % 2 == 0 { b'\n' } else { b'\r' };
            assert_eq!(found(&text), [at], "in {length} bytes");
            text[at] = b'x';
        }
    }
}

#[test]
fn a_text_is_read_from_any_offset() {
    let text = b"event: alert\r\nid: 7\ndata: disk\rdata: full\n\n".repeat(20);
    for at in 0..text.len() {
        assert_eq!(found(&text[at..]), naive(&text[at..]), "from {at}");
    }
}

#[test]
fn ends_are_found_however_near_or_far_they_are() {
    for distance in 0..3 * LONG * BLOCK {
        let mut text = vec![b'x'; 2 * distance + 5];
        for at in [0, 1, distance + 2, distance + 3, 2 * distance + 4] {
            text[at] = b'\n';
        }
        assert_eq!(found(&text), naive(&text), "{distance} apart");
    }
    assert_eq!(found(&[b'\r'; 999]), naive(&[b'\r'; 999]));
}

#[test]
fn nothing_else_is_an_end_in_any_place_of_a_block() {
    for byte in 0..=u8::MAX {
        for others in [0, b'x', b'\n', 0xFF] {
            for at in 0..BLOCK {
                let mut block = [others; BLOCK];
                block[at] = byte;
                let expected = naive(&block).iter().fold(0, |ends, at| ends | 1 << at);
                assert_eq!(ends(&block), expected, "{byte} at {at} among {others}");
                assert_eq!(
                    portable_ends(&block),
                    expected,
                    "{byte} at {at} among {others}"
                );
            }
        }
    }
}
