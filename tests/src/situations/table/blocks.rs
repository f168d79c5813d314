//! What a stream says: data, names, ids.

use crate::situations::{Answer, Call, Case, Item, Outcome, Request, Situation};

const MB: usize = 1_000_000;

pub(super) fn rows() -> Vec<Situation> {
    vec![
        Situation::one(
            "bom_is_stripped_once",
            says("\u{feff}data: a\n\n\u{feff}data: b\n\ndata: \u{feff}\n\n")
                .outcome(Outcome::of_requests(2, ["a", "\u{feff}"].map(Item::event))),
        ),
        Situation::one(
            "bad_utf8",
            says(b"data: \xFF\ndata: a\xC3\nid: \x80\n\n")
                .outcome(Outcome::new(
                    [Item::event("\u{fffd}\na\u{fffd}").at("\u{fffd}")],
                    [Request::get(), Request::after("\u{fffd}")],
                ))
                .or_ends_before_a_place_beyond_ascii(),
        ),
        Situation::new(
            "unfinished_block",
            ["data: b", "data: b\n", "data: b\nid: 2\n"].map(unfinished),
        ),
        Situation::one(
            "id_stays",
            says("id: 1\ndata: a\n\ndata: b\n\n").outcome(Outcome::new(
                ["a", "b"].map(|data| Item::event(data).at("1")),
                [Request::get(), Request::after("1")],
            )),
        ),
        Situation::new("empty_id_resets", empty_id()),
        Situation::one(
            "id_with_nul",
            says("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n").outcome(Outcome::new(
                ["a", "b"].map(|data| Item::event(data).at("1")),
                [Request::get(), Request::after("1")],
            )),
        ),
        Situation::one(
            "id_without_data",
            says("id: 1\ndata: a\n\nid: 2\n\n").outcome(Outcome::new(
                [Item::event("a").at("1")],
                [Request::get(), Request::after("2")],
            )),
        ),
        Situation::one("resumed", resumed()),
        Situation::one("event_of_10_mb", long(None)),
        Situation::one("event_over_the_limit", long(Some(MB))),
    ]
}

/// A stream, after which a client comes back.
fn says(text: impl AsRef<[u8]>) -> Case {
    Case::new([Answer::stream(text)])
}

fn unfinished(rest: &'static str) -> Case {
    Case::new([Answer::stream(format!("id: 1\ndata: a\n\n{rest}"))])
        .called(rest.replace('\n', "␊"))
        .outcome(Outcome::new(
            [Item::event("a").at("1")],
            [Request::get(), Request::after("1")],
        ))
}

/// No place of before is resumed from, not even that which the client was given.
fn empty_id() -> Vec<Case> {
    let case = |first: Request| {
        says("id: 1\ndata: a\n\nid\ndata: b\n\n").outcome(Outcome::new(
            [Item::event("a").at("1"), Item::event("b")],
            [first, Request::get()],
        ))
    };
    let resumed = case(Request::after("0")).called("of a client that resumed");
    vec![
        case(Request::get()),
        resumed.call(Call {
            last_event_id: Some("0"),
            ..Call::default()
        }),
    ]
}

/// The place comes from an earlier run of the program.
fn resumed() -> Case {
    Case::new([Answer::stream("data: b\n\n")])
        .call(Call {
            last_event_id: Some("1"),
            ..Call::default()
        })
        .outcome(Outcome::new(
            [Item::event("b").at("1")],
            [Request::after("1"), Request::after("1")],
        ))
}

/// An event of 10 MB, in chunks, and one after it.
fn long(max_event: Option<usize>) -> Case {
    let chunk = vec![b'x'; MB];
    let mut chunks = vec![b"id: 1\ndata: ".to_vec()];
    chunks.extend(vec![chunk; 10]);
    chunks.push(b"\n\nid: 2\ndata: b\n\n".to_vec());
    let first = match max_event {
        Some(_) => Item::TooLong,
        None => Item::event("x").repeated(10 * MB).at("1"),
    };
    Case::new([Answer::chunks(chunks)])
        .call(Call {
            max_event,
            ..Call::default()
        })
        .outcome(Outcome::new(
            [first, Item::event("b").at("2")],
            [Request::get(), Request::after("2")],
        ))
}
