//! What a session reads where it knows the endpoint.

use super::*;
use crate::describe::{Descriptor, Source};
use crate::gap::GapReason;

const PLAIN: Descriptor = Descriptor::get("T", "m", "/m");

fn typed(descriptor: &'static Descriptor) -> Session {
    let mut session = session(Policy::new(), Rules::of(descriptor));
    open(&mut session, NOW);
    session
}

/// The first of what is handed on.
fn first_error(session: &mut Session, text: &str) -> ClientError {
    session.push(Bytes::copy_from_slice(text.as_bytes()));
    session.next(|_| ()).unwrap().unwrap_err()
}

#[test]
fn a_gap_is_told_and_the_stream_goes_on() {
    let mut session = typed(&PLAIN);
    let text = "id: 9\nevent: gap\ndata: {\"reason\":\"truncated\",\"missed\":50}\n\ndata: a\n\n";
    let ClientError::Gap(gap) = first_error(&mut session, text) else {
        panic!();
    };
    assert_eq!(
        (gap.reason(), gap.missed()),
        (GapReason::Truncated, Some(50))
    );
    // Who is told once is not told again.
    assert_eq!(session.last_event_id(), Some(&id("9")));
    assert_eq!(drain(&mut session), ["message:a"]);
    assert_eq!(session.step(NOW), Step::Await);
}

#[test]
fn a_gap_for_a_reason_of_a_newer_server_is_one_too() {
    let text = "event: gap\ndata: {\"reason\":\"moved\",\"missed\":null,\"to\":1}\n\n";
    let ClientError::Gap(gap) = first_error(&mut typed(&PLAIN), text) else {
        panic!();
    };
    assert_eq!((gap.reason(), gap.missed()), (GapReason::Unknown, None));

    for missed in [r#""many""#, "-1", "18446744073709551616"] {
        let text = format!("event: gap\ndata: {{\"reason\":\"reset\",\"missed\":{missed}}}\n\n");
        let ClientError::Gap(gap) = first_error(&mut typed(&PLAIN), &text) else {
            panic!("no gap");
        };
        assert_eq!((gap.reason(), gap.missed()), (GapReason::Reset, None));
    }
}

#[test]
fn an_event_that_only_bears_a_name_with_a_meaning_is_an_event() {
    let text = "event: gap\ndata: 5 mm\n\nevent: problem\ndata: {\"status\":\"open\"}\n\n";
    assert_eq!(
        read(&mut typed(&PLAIN), text),
        ["gap:5 mm", r#"problem:{"status":"open"}"#]
    );
}

#[test]
fn an_untyped_stream_has_no_names_with_a_meaning() {
    let mut session = get();
    open(&mut session, NOW);
    let text = "event: gap\ndata: {\"reason\":\"reset\",\"missed\":null}\n\nevent: problem\ndata: {\"status\":404}\n\n";
    assert_eq!(read(&mut session, text).len(), 2);
    assert_eq!(session.step(NOW), Step::Await);
}

#[test]
fn a_problem_that_stays_ends_the_stream() {
    for status in [400, 401, 404, 410] {
        let mut session = typed(&PLAIN);
        let text = format!(
            "event: problem\ndata: {{\"status\":{status},\"title\":\"No\"}}\n\ndata: a\n\n"
        );
        let ClientError::Problem(problem) = first_error(&mut session, &text) else {
            panic!();
        };
        assert_eq!(problem.status(), status);
        assert!(drain(&mut session).is_empty());
        assert_eq!(session.step(NOW), Step::End);
    }
}

#[test]
fn a_problem_that_passes_is_told_and_the_advice_after_it_is_heard() {
    for status in [408, 425, 429, 500, 503] {
        let mut session = typed(&PLAIN);
        let text = format!("event: problem\ndata: {{\"status\":{status}}}\n\nretry: 7000\n\n");
        assert!(matches!(
            first_error(&mut session, &text),
            ClientError::Problem(_)
        ));
        assert!(drain(&mut session).is_empty());
        session.closed(NOW).unwrap();
        assert!(waits_until(&mut session, NOW) >= secs(7));
    }
}

#[test]
fn a_problem_is_no_sign_of_a_stream_that_works() {
    let mut session = session(Policy::new().max_attempts(1), Rules::of(&PLAIN));
    open(&mut session, NOW);
    first_error(&mut session, "event: problem\ndata: {\"status\":503}\n\n");
    assert!(matches!(
        session.closed(NOW),
        Err(ClientError::GaveUp { .. })
    ));
}

#[test]
fn names_are_those_of_the_endpoint() {
    static RENAMED: Descriptor = Descriptor::get("T", "m", "/m")
        .error_event(Some("oops"))
        .ping_event("beat");
    let mut session = typed(&RENAMED);
    let text = "event: problem\ndata: {\"status\":500}\n\nevent: beat\ndata: {}\n\nevent: oops\ndata: {\"status\":404}\n\n";
    let told = read(&mut session, text);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("problem:"));
    assert_eq!(told[1], "error: the service failed: 404 Not Found");

    static SILENT: Descriptor = Descriptor::get("T", "m", "/m").error_event(None);
    let text = "event: problem\ndata: {\"status\":500}\n\n";
    assert!(read(&mut typed(&SILENT), text)[0].starts_with("problem:"));
}

#[test]
fn the_text_of_done_ends_the_stream_and_is_no_event() {
    static CHAT: Descriptor = Descriptor::post("T", "m", "/m").done_text("[DONE]");
    let mut session = typed(&CHAT);
    assert_eq!(
        read(
            &mut session,
            "event: a\ndata: [DONE]\n\ndata: [DONE]\n\ndata: b\n\n"
        ),
        ["a:[DONE]"]
    );
    assert_eq!(session.step(NOW), Step::End);
}

#[test]
fn a_finite_post_ends_with_its_body_and_a_finite_get_with_its_last_frame() {
    static GET: Descriptor = Descriptor::get("T", "m", "/m").done();
    let mut session = typed(&GET);
    session.closed(NOW).unwrap();
    waits_until(&mut session, NOW);

    static POST: Descriptor = Descriptor::post("T", "m", "/m")
        .done()
        .payload(&[Source::last_event_id("from")]);
    let mut session = typed(&POST);
    session.closed(NOW).unwrap();
    assert_eq!(session.step(NOW), Step::End);
    let mut session = typed(&POST);
    session.failed(broken(), NOW).unwrap();
    waits_until(&mut session, NOW);
}

#[test]
fn a_post_is_repeatable_where_its_payload_takes_the_last_event_id() {
    static RESUMABLE: Descriptor =
        Descriptor::post("T", "m", "/m").payload(&[Source::last_event_id("from")]);
    static OTHER: Descriptor =
        Descriptor::post("T", "m", "/m").payload(&[Source::header("from", "last-event-id")]);
    let mut session = typed(&RESUMABLE);
    session.failed(broken(), NOW).unwrap();
    let mut session = typed(&OTHER);
    session.failed(broken(), NOW).unwrap_err();
}

#[test]
fn the_watchdog_follows_the_heartbeat_of_the_endpoint() {
    static SLOW: Descriptor =
        Descriptor::get("T", "m", "/m").keep_alive(Some(Duration::from_secs(40)));
    static NONE: Descriptor = Descriptor::get("T", "m", "/m").keep_alive(None);
    for (descriptor, until) in [
        (&PLAIN, Some(secs(35))),
        (&SLOW, Some(secs(85))),
        (&NONE, None),
    ] {
        assert_eq!(typed(descriptor).waiting(NOW).unwrap(), until);
    }
    let policy = Policy::new().watchdog(secs(7));
    let mut session = session(policy, Rules::of(&SLOW));
    open(&mut session, NOW);
    assert_eq!(session.waiting(NOW).unwrap(), Some(secs(7)));
}

#[test]
fn an_answer_is_waited_for_as_long_as_the_endpoint_may_take_to_open() {
    static LATE: Descriptor =
        Descriptor::get("T", "m", "/m").open_after(Some(Duration::from_secs(90)));
    static NEVER: Descriptor = Descriptor::get("T", "m", "/m").open_after(None);
    for (descriptor, until) in [
        (&PLAIN, Some(secs(60))),
        (&LATE, Some(secs(120))),
        (&NEVER, None),
    ] {
        let mut session = session(Policy::new(), Rules::of(descriptor));
        session.step(NOW);
        assert_eq!(session.waiting(NOW).unwrap(), until);
    }
}
