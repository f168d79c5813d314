//! What a session does, with time as an argument.

mod ends;
mod heads;
mod traced;
mod typed;
mod waits;

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::{ClientError, Failure, Policy, Position, Remedy, Rules, Session, Step};
use crate::wire::EventId;

const NOW: Duration = Duration::ZERO;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn session(policy: Policy, rules: Rules) -> Session {
    Session::new(policy, rules, 1 << 20, Position::default())
}

fn get() -> Session {
    session(Policy::new(), Rules::get())
}

/// A stream that is open since `now`.
fn open(session: &mut Session, now: Duration) {
    assert!(matches!(session.step(now), Step::Connect(_)));
    session.opened(now);
    assert_eq!(session.step(now), Step::Await);
}

/// What is handed on of `text`.
fn read(session: &mut Session, text: &str) -> Vec<String> {
    session.push(Bytes::copy_from_slice(text.as_bytes()));
    drain(session)
}

fn drain(session: &mut Session) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(next) = session.next(|message| format!("{}:{}", message.event(), message.data()))
    {
        told.push(next.unwrap_or_else(|error| format!("error: {error}")));
    }
    told
}

fn broken() -> Failure {
    Failure {
        error: ClientError::Broken("cut".into()),
        remedy: Remedy::Repeat,
    }
}

/// When the next attempt is made, after the last one has ended at `now`.
fn waits_until(session: &mut Session, now: Duration) -> Duration {
    match session.step(now) {
        Step::Sleep(until) => until,
        step => panic!("{step:?}"),
    }
}

fn id(text: &str) -> EventId {
    EventId::new(text).unwrap()
}

#[test]
fn a_new_stream_connects_at_once_and_once() {
    let mut session = get();
    assert_eq!(session.step(NOW), Step::Connect(None));
    assert_eq!(session.step(NOW), Step::Await);
}

#[test]
fn a_lost_stream_goes_on_from_the_last_event_that_was_whole() {
    let mut session = get();
    open(&mut session, NOW);
    let told = read(&mut session, "id: 7\ndata: a\n\nid: 8\ndata: lost");
    assert_eq!(told, ["message:a"]);
    session.failed(broken(), NOW).unwrap();

    let until = waits_until(&mut session, NOW);
    assert_eq!(session.step(until), Step::Connect(Some(id("7"))));
    session.opened(until);
    // What was left of the first body is not the beginning of the second.
    assert_eq!(read(&mut session, "data: b\n\n"), ["message:b"]);
    assert_eq!(session.position().last_event_id(), Some(&id("7")));
}

#[test]
fn an_id_without_data_counts_and_an_empty_one_resets() {
    let mut session = get();
    open(&mut session, NOW);
    assert!(read(&mut session, "id: 7\n\n").is_empty());
    assert_eq!(session.last_event_id(), Some(&id("7")));
    assert!(read(&mut session, "id\n\n").is_empty());
    assert_eq!(session.last_event_id(), None);
    assert_eq!(session.position(), Position::default());
}

#[test]
fn a_position_outlives_the_process() {
    let mut before = get();
    open(&mut before, NOW);
    read(&mut before, "retry: 7000\nid: 7\ndata\n\n");
    let saved = serde_json::to_string(&before.position()).unwrap();
    assert_eq!(saved, r#"{"last_event_id":"7","reconnection_time":7000}"#);

    let position: Position = serde_json::from_str(&saved).unwrap();
    let mut after = Session::new(Policy::new(), Rules::get(), 1 << 20, position);
    assert_eq!(after.step(NOW), Step::Connect(Some(id("7"))));
    after.failed(broken(), NOW).unwrap();
    assert!(waits_until(&mut after, NOW) >= secs(7));
}

#[test]
fn a_position_says_nothing_of_what_is_not_known() {
    let nothing: Position = serde_json::from_str("{}").unwrap();
    assert_eq!(nothing, Position::default());
    assert_eq!(serde_json::to_string(&nothing).unwrap(), "{}");
    assert_eq!(Position::after(EventId::default()), nothing);
    assert!(serde_json::from_str::<Position>(r#"{"last_event_id":"a\nb"}"#).is_err());
}

#[test]
fn an_event_over_the_limit_is_one_error_and_its_id_counts() {
    let mut session = Session::new(Policy::new(), Rules::get(), 8, Position::default());
    open(&mut session, NOW);
    let told = read(&mut session, "id: 1\ndata: 123456789\n\ndata: b\n\n");
    let [error, event] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(error.starts_with("error: a line of the stream is longer than 8 bytes"));
    assert_eq!(event, "message:b");
    assert_eq!(session.last_event_id(), Some(&id("1")));
}

#[test]
fn a_paused_stream_hands_on_what_has_come_and_goes_on_after_it() {
    let mut session = get();
    open(&mut session, NOW);
    session.push(Bytes::from_static(b"id: 1\ndata: a\n\nid: 2\ndata: lost"));
    session.pause();
    assert_eq!(drain(&mut session), ["message:a"]);
    assert_eq!(session.step(secs(3600)), Step::Rest);
    session.resume(secs(3600));
    assert_eq!(session.step(secs(3600)), Step::Connect(Some(id("1"))));
}

#[test]
fn a_pause_ends_what_must_not_be_asked_for_twice_and_wakes_nothing_that_has_ended() {
    let mut post = session(Policy::new(), Rules::post(false));
    open(&mut post, NOW);
    post.pause();
    post.resume(NOW);
    assert_eq!(post.step(NOW), Step::End);

    // Nothing was sent so far.
    let mut post = session(Policy::new(), Rules::post(false));
    post.pause();
    assert_eq!(post.step(NOW), Step::Rest);
    post.resume(NOW);
    assert_eq!(post.step(NOW), Step::Connect(None));
}

proptest! {
    #[test]
    fn a_stream_says_the_same_however_it_is_cut(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "id: 1", "id: 2", "id", "event: a", "event: gap", "data: b", "data", "data: ü", "retry: 5",
                ": c", "", "", "",
            ]),
            0..40,
        ),
        end in prop::sample::select(vec!["\n", "\r", "\r\n"]),
        cuts in prop::collection::vec(1_usize..9, 1..200),
    ) {
        let stream = lines.join(end) + end;
        let mut whole = get();
        open(&mut whole, NOW);
        let told = read(&mut whole, &stream);

        let mut cut = get();
        open(&mut cut, NOW);
        let mut rest = stream.as_bytes();
        let mut cut_told = Vec::new();
        for size in cuts.into_iter().chain(std::iter::repeat(7)) {
            let Some((chunk, left)) = rest.split_at_checked(size.min(rest.len())) else { break };
            if chunk.is_empty() {
                break;
            }
            rest = left;
            cut.push(Bytes::copy_from_slice(chunk));
            cut_told.extend(drain(&mut cut));
        }
        prop_assert_eq!(told, cut_told);
        prop_assert_eq!(whole.position(), cut.position());
    }
}
