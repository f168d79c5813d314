use super::*;

/// All text that comes of `chunks`.
fn text<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut runs = Runs::default();
    let mut text = String::new();
    for chunk in chunks {
        runs.push(Bytes::copy_from_slice(chunk));
        while let Some(run) = runs.next() {
            assert!(!run.is_empty());
            text.push_str(&run);
        }
    }
    text
}

/// `bytes` in every cut, the cuts being the bits of a number.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    (0..1_u32 << (bytes.len() - 1)).map(move |cuts| {
        let mut chunks = Vec::new();
        let mut rest = bytes;
        for at in (1..bytes.len())
            .rev()
            .filter(|at| cuts >> (at - 1) & 1 == 1)
        {
            let (head, tail) = rest.split_at(at);
            chunks.push(tail);
            rest = head;
        }
        chunks.push(rest);
        chunks.reverse();
        chunks
    })
}

/// Of each kind of byte one or two: ASCII, continuations, leads of each length and with rules of
/// their own, and what is never good.
const KINDS: [u8; 10] = [b'a', 0x80, 0xBF, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xFF];

#[test]
fn any_bytes_are_what_lossy_decoding_makes_of_them_however_they_are_cut() {
    for number in 0..KINDS.len().pow(4) {
        let kind = |digit| KINDS[number / KINDS.len().pow(digit) % KINDS.len()];
        // The last byte ends what the others leave open.
        let bytes = [kind(0), kind(1), kind(2), kind(3), b'\n'];
        let expected = String::from_utf8_lossy(&bytes);
        for chunks in cuts(&bytes) {
            assert_eq!(text(chunks.iter().copied()), expected, "{chunks:X?}");
        }
    }
}

#[test]
fn one_bom_is_stripped_however_it_is_cut() {
    let cases = [
        ("\u{feff}a", "a"),
        ("\u{feff}\u{feff}", "\u{feff}"),
        ("a\u{feff}", "a\u{feff}"),
        ("\u{fefe}a", "\u{fefe}a"),
    ];
    for (bytes, expected) in cases {
        for chunks in cuts(bytes.as_bytes()) {
            assert_eq!(text(chunks.iter().copied()), expected, "{chunks:X?}");
        }
    }
}

#[test]
fn a_good_chunk_is_not_copied_but_for_a_character_that_is_cut() {
    let chunk = Bytes::from_static("disk is füll \u{1F980}".as_bytes());
    let mut runs = Runs::default();
    runs.push(chunk.slice(..chunk.len() - 1));
    let run = runs.next().unwrap();
    assert_eq!(run, "disk is füll ");
    assert_eq!(run.as_bytes().as_ptr(), chunk.as_ptr());
    assert_eq!(runs.next(), None);
    runs.push(chunk.slice(chunk.len() - 1..));
    assert_eq!(runs.next().unwrap(), "\u{1F980}");
}
