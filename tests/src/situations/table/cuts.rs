//! A transcript that is cut at every byte.

use crate::situations::{Answer, Case, End, Item, Outcome, Request, Situation};

/// A block of lines, without their ends.
struct Block {
    lines: &'static [&'static str],
    event: Option<(&'static str, &'static str)>,
    id: Option<&'static str>,
}

/// All that a block can say.
const TRANSCRIPT: &[Block] = &[
    Block {
        lines: &["\u{feff}: hello", "retry: 2", "id: 1", "data: a", "data: b"],
        event: Some(("message", "a\nb")),
        id: Some("1"),
    },
    Block {
        lines: &["event: tick", "data", "data: "],
        event: Some(("tick", "\n")),
        id: None,
    },
    Block {
        lines: &["id: 2"],
        event: None,
        id: Some("2"),
    },
    Block {
        lines: &[":", "id: 3-ü", "data: ü€💡", "other: x"],
        event: Some(("message", "ü€💡")),
        id: Some("3-ü"),
    },
];

/// How lines end.
const ENDS: [(&str, &str); 3] = [("LF", "\n"), ("CR", "\r"), ("CRLF", "\r\n")];

pub(super) fn rows() -> Vec<Situation> {
    let of_ends = |cases: fn(&Wire) -> Vec<Case>| {
        let wires = ENDS.map(|(name, end)| Wire::of(name, end));
        wires.iter().flat_map(cases).collect::<Vec<_>>()
    };
    vec![
        Situation::new("cut_at_every_byte", of_ends(Wire::cut)),
        Situation::new("reset_at_every_byte", Wire::of("LF", "\n").reset()),
        Situation::new("two_chunks_at_every_byte", of_ends(Wire::in_two)),
        Situation::new("a_chunk_for_every_byte", of_ends(Wire::in_bytes)),
    ]
}

/// The transcript as it is on the wire.
struct Wire {
    ends: &'static str,
    bytes: Vec<u8>,
    /// Of each block: where it begins, and where it has been said. The LF of a last CRLF may follow.
    blocks: Vec<(usize, usize)>,
}

impl Wire {
    fn of(ends: &'static str, end: &str) -> Self {
        let mut bytes = Vec::new();
        let mut blocks = Vec::new();
        for block in TRANSCRIPT {
            let begin = bytes.len();
            for line in block.lines.iter().chain(&[""]) {
                bytes.extend(line.as_bytes());
                bytes.extend(end.as_bytes());
            }
            blocks.push((begin, bytes.len() + 1 - end.len()));
        }
        Self {
            ends,
            bytes,
            blocks,
        }
    }

    /// A server that breaks off after so many bytes, and sends the rest to who comes back.
    fn cut_at(&self, at: usize, end: End) -> Case {
        let (before, _) = self.bytes.split_at(at);
        let said = self
            .blocks
            .iter()
            .take_while(|(_, said)| *said <= at)
            .count();
        let rest = self
            .blocks
            .get(said)
            .map_or(&[][..], |(begin, _)| &self.bytes[*begin..]);
        let place = TRANSCRIPT[..said].iter().rev().find_map(|block| block.id);
        let again = place.map_or_else(Request::get, Request::after);
        let last = Request::after("3-ü");
        Case::new([Answer::stream(before).broken(end), Answer::stream(rest)])
            .called(format!("{} at {at}", self.ends))
            .outcome(Outcome::new(events(), [Request::get(), again, last]))
            .or_ends_before_a_place_beyond_ascii()
    }

    fn cut(&self) -> Vec<Case> {
        let at = 0..=self.bytes.len();
        at.map(|at| self.cut_at(at, End::Close)).collect()
    }

    fn reset(&self) -> Vec<Case> {
        let at = 0..=self.bytes.len();
        at.map(|at| self.cut_at(at, End::Reset)).collect()
    }

    fn in_two(&self) -> Vec<Case> {
        let at = 0..=self.bytes.len();
        at.map(|at| {
            let (before, after) = self.bytes.split_at(at);
            Case::new([Answer::chunks([before, after])])
                .called(format!("{} at {at}", self.ends))
                .outcome(whole())
                .or_ends_before_a_place_beyond_ascii()
        })
        .collect()
    }

    fn in_bytes(&self) -> Vec<Case> {
        let case = Case::new([Answer::chunks(self.bytes.chunks(1))]);
        let case = case.called(self.ends).outcome(whole());
        vec![case.or_ends_before_a_place_beyond_ascii()]
    }
}

fn whole() -> Outcome {
    Outcome::new(events(), [Request::get(), Request::after("3-ü")])
}

/// What the transcript says.
fn events() -> Vec<Item> {
    let mut place = None;
    let mut events = Vec::new();
    for block in TRANSCRIPT {
        place = block.id.or(place);
        if let (Some((name, data)), Some(place)) = (block.event, place) {
            events.push(Item::named(name, data).at(place));
        }
    }
    events
}
