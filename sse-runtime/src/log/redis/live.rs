//! What is published to those who watch a channel: hints, and signals.
//!
//! A hint is the text of the place behind the newest record, or `end` where the channel has ended. A
//! signal is an `s`, the format of its record, two bytes for the length of its key and one more, or 0
//! where there is none, the key and the lines.

use std::sync::Arc;

use bytes::Bytes;

use super::super::{Cursor, Record};

/// A message of a channel.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// It has more, up to that place; or it has ended.
    Hint(Option<Cursor>),
    /// A key, and the lines with a blank one.
    Signal(Option<Arc<str>>, Bytes),
}

/// What no hint begins with, as an epoch is hexadecimal.
const SIGNAL: u8 = b's';
const END: &[u8] = b"end";

pub(super) fn signal(record: &Record<'_>) -> Vec<u8> {
    let key = record.key();
    // Invariant: a key has at most `Record::MAX_KEY_BYTES`, which is less than 16 bits can say.
    let mark = key.map_or(0, |key| key.len() as u16 + 1).to_be_bytes();
    let key = key.unwrap_or_default().as_bytes();
    [&[SIGNAL, Record::FORMAT], &mark[..], key, record.lines()].concat()
}

/// `None` for what no version up to this one publishes: anybody can publish there.
pub(super) fn message(payload: &[u8]) -> Option<Message> {
    if payload == END {
        return Some(Message::Hint(None));
    }
    let [SIGNAL, signal @ ..] = payload else {
        let place = str::from_utf8(payload).ok()?.parse().ok()?;
        return Some(Message::Hint(Some(place)));
    };
    let [1..=Record::FORMAT, high, low, rest @ ..] = signal else {
        return None;
    };
    let (key, lines) = match u16::from_be_bytes([*high, *low]).checked_sub(1) {
        None => (None, rest),
        Some(length) => {
            let (key, lines) = rest.split_at_checked(length.into())?;
            (Some(str::from_utf8(key).ok()?), lines)
        }
    };
    let mut record = Record::new(lines).ok()?;
    if let Some(key) = key {
        record = record.with_key(key).ok()?;
    }
    let wire = [record.lines(), b"\n"].concat();
    Some(Message::Signal(record.key().map(Arc::from), wire.into()))
}

#[cfg(test)]
mod tests {
    use super::super::super::Epoch;
    use super::*;

    #[test]
    fn a_hint_is_the_text_of_a_place() {
        let place = Cursor::new(Epoch::new(0xbee), 7);
        assert_eq!(message(b"bee-7"), Some(Message::Hint(Some(place))));
        assert_eq!(message(b"end"), Some(Message::Hint(None)));
    }

    #[test]
    fn a_signal_comes_with_its_key_and_its_lines() {
        let plain = Record::new(b"data: x\n").unwrap();
        for key in [None, Some(""), Some("ü")] {
            let record = key.map_or(plain, |key| plain.with_key(key).unwrap());
            let wire = Bytes::from_static(b"data: x\n\n");
            let came = Message::Signal(key.map(Arc::from), wire);
            assert_eq!(message(&signal(&record)), Some(came));
        }
    }

    #[test]
    fn what_somebody_else_publishes_is_no_message() {
        let long_key = [&[SIGNAL, 1, 0xff, 0xff][..], &[b'k'; 70_000]].concat();
        let others: [&[u8]; 12] = [
            b"",
            b"hello",
            b"bee-",
            b"\xff",
            b"s",
            b"s\x01\0",
            b"s\x01\0\0",
            b"s\x01\0\x05ab",
            b"s\x01\0\x02\xffdata: x\n",
            b"s\x01\0\0data: x\n\nid: 7\n",
            b"s\x02\0\0data: of a newer version\n",
            &long_key,
        ];
        for other in others {
            assert_eq!(message(other), None, "{other:?}");
        }
    }
}
