//! What ends a stream, and with what.

use super::*;

fn posted(is_repeatable: bool) -> Session {
    let mut session = session(Policy::new(), Rules::post(is_repeatable));
    open(&mut session, NOW);
    session
}

#[test]
fn the_reserved_id_ends_a_stream_with_data_and_without() {
    for frame in [
        "id: sse-runtime:end-of-stream\n\n",
        "id: sse-runtime:end-of-stream\ndata: [DONE]\n\n",
    ] {
        let mut session = get();
        open(&mut session, NOW);
        assert_eq!(
            read(&mut session, &format!("data: a\n\n{frame}data: b\n\n")),
            ["message:a"]
        );
        assert_eq!(session.step(NOW), Step::End);
        // Who comes back from there is told to stop.
        let position = session.position();
        assert_eq!(
            position.last_event_id().unwrap().as_str(),
            "sse-runtime:end-of-stream"
        );
    }
}

#[test]
fn what_no_attempt_would_change_ends_a_stream() {
    let mut session = get();
    session.step(NOW);
    let error = session
        .failed(Failure::permanent(ClientError::Closed), NOW)
        .unwrap_err();
    assert!(matches!(error, ClientError::Closed));
    assert_eq!(session.step(NOW), Step::End);
    // Nothing wakes it up.
    session.resume(NOW);
    session.pause();
    assert_eq!(session.step(NOW), Step::End);
}

#[test]
fn a_post_that_broke_off_is_an_error_unless_it_may_be_repeated() {
    let mut session = posted(false);
    assert!(matches!(
        session.failed(broken(), NOW),
        Err(ClientError::Broken(_))
    ));
    assert_eq!(session.step(NOW), Step::End);

    let mut session = posted(true);
    session.failed(broken(), NOW).unwrap();
    waits_until(&mut session, NOW);
}

#[test]
fn a_post_on_which_nothing_has_happened_is_repeated() {
    let mut session = session(Policy::new(), Rules::post(false));
    session.step(NOW);
    let error = ClientError::Connect("refused".into());
    let remedy = Remedy::Retry { after: None };
    session.failed(Failure { error, remedy }, NOW).unwrap();
    waits_until(&mut session, NOW);
}

#[test]
fn a_post_without_an_answer_may_have_happened() {
    let mut session = session(Policy::new(), Rules::post(false));
    session.step(NOW);
    assert!(matches!(
        session.waiting(secs(60)),
        Err(ClientError::NoAnswer { .. })
    ));
    assert_eq!(session.step(secs(60)), Step::End);
}

#[test]
fn the_body_of_a_post_that_ends_is_the_end_unless_it_may_be_repeated() {
    let mut session = posted(false);
    session.closed(NOW).unwrap();
    assert_eq!(session.step(NOW), Step::End);

    let mut session = posted(true);
    session.closed(NOW).unwrap();
    waits_until(&mut session, NOW);
}
