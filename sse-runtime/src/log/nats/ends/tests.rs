use bytes::Bytes;

use super::super::message::{Stored, headers};
use super::state::MOST_CHANNELS;
use super::*;

const KEPT: LastEnd = LastEnd {
    seq: 7,
    until: u64::MAX,
};

fn room() -> ChannelName {
    ChannelName::new("room").unwrap()
}

fn ends(stored: u64) -> Ends {
    let subjects = Subjects::new("sse").unwrap();
    Ends::new(&subjects, stored, Duration::from_secs(5))
}

#[test]
fn what_was_found_by_looking_is_the_last_end_until_another_one_comes() {
    let ends = ends(7);
    let before = ends.before(&room());
    ends.looked(&room(), KEPT, before);
    assert_eq!(ends.last(&room()), Some(KEPT));
    let mut headers = headers(0, 0, Some(99));
    headers.insert(async_nats::header::NATS_SUBJECT, "sse.room.end");
    let end = Stored::new(9, headers, Bytes::new());
    ends.state().came(&ends.subjects, &end);
    assert_eq!(ends.last(&room()), Some(LastEnd { seq: 9, until: 99 }));
    // A look that was answered before that, and heard of after it.
    ends.looked(&room(), KEPT, before);
    assert_eq!(ends.last(&room()).unwrap().seq, 9);
    // One that would have found it.
    ends.looked(&room(), LastEnd::default(), ends.before(&room()));
    assert_eq!(ends.last(&room()).unwrap().seq, 0);
}

#[test]
fn a_look_that_began_before_all_was_forgotten_tells_nothing() {
    let ends = ends(7);
    let before = ends.before(&room());
    ends.state().begin_anew();
    ends.looked(&room(), KEPT, before);
    assert_eq!(ends.last(&room()), None);
}

#[test]
fn no_more_channels_are_remembered_than_so_many() {
    let ends = ends(0);
    for n in 0..=MOST_CHANNELS {
        let channel = ChannelName::new(n.to_string()).unwrap();
        ends.looked(&channel, LastEnd::default(), ends.before(&room()));
        assert!(ends.state().last.len() <= MOST_CHANNELS);
    }
    assert_eq!(ends.state().last.len(), 0);
}

#[test]
fn where_numbers_fall_nothing_is_known_any_more() {
    let ends = ends(7);
    ends.looked(&room(), LastEnd::default(), ends.before(&room()));
    assert!(ends.state().is_last(&room(), 0));
    ends.stored_after(8, ends.before(&room()));
    assert!(ends.state().is_last(&room(), 0));
    ends.stored_after(3, ends.before(&room()));
    assert!(!ends.state().is_last(&room(), 0));
}
