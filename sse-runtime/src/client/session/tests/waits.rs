//! How long a session waits, and when it has waited enough.

use super::*;

#[test]
fn without_advice_the_first_wait_is_between_the_floor_and_twice_the_reconnection_time() {
    for _ in 0..200 {
        let mut session = get();
        open(&mut session, NOW);
        session.closed(NOW).unwrap();
        let until = waits_until(&mut session, NOW);
        assert!(
            (Duration::from_millis(100)..=secs(6)).contains(&until),
            "{until:?}"
        );
    }
}

#[test]
fn advice_is_the_least_wait_and_is_clamped() {
    let wait = |advice: &str| {
        let mut session = get();
        open(&mut session, NOW);
        read(&mut session, advice);
        session.closed(NOW).unwrap();
        waits_until(&mut session, NOW)
    };
    for _ in 0..50 {
        assert!((secs(5)..=secs(10)).contains(&wait("retry: 5000\n")));
        let floor = Duration::from_millis(100);
        assert!((floor..=floor * 2).contains(&wait("retry: 0\n")));
    }
    assert_eq!(wait("retry: 99999999999\n"), secs(60));
    assert_eq!(wait("retry: 99999999999999999999999\n"), secs(60));
    // It is no number: nothing was said.
    assert!(wait("retry: +90000\n") <= secs(6));
}

#[test]
fn what_a_refusal_asks_for_is_waited_for() {
    let refused = |after| Failure {
        error: ClientError::Closed,
        remedy: Remedy::Retry { after: Some(after) },
    };
    for _ in 0..50 {
        let mut session = get();
        session.step(NOW);
        session.failed(refused(secs(20)), NOW).unwrap();
        assert_eq!(waits_until(&mut session, NOW), secs(20));
    }
    let mut session = get();
    session.step(NOW);
    session.failed(refused(secs(86_400)), NOW).unwrap();
    assert_eq!(waits_until(&mut session, NOW), secs(60));
}

#[test]
fn the_wait_is_drawn_from_twice_as_much_with_each_attempt_in_a_row() {
    let longest = |attempts: u32| {
        let waits = (0..300).map(|_| {
            let mut session = get();
            let mut now = NOW;
            for attempt in 1..=attempts {
                assert!(matches!(session.step(now), Step::Connect(_)));
                session.failed(broken(), now).unwrap();
                let until = waits_until(&mut session, now);
                if attempt == attempts {
                    return until - now;
                }
                now = until;
            }
            unreachable!()
        });
        waits.max().unwrap()
    };
    // The greatest of 300 numbers below 1 is below 3/4 once in 10^37.
    for (attempts, to) in [(1, 6), (2, 12), (3, 24), (4, 48), (5, 60), (40, 60)] {
        let longest = longest(attempts);
        assert!(longest <= secs(to), "{attempts}: {longest:?}");
        assert!(longest > secs(to) * 3 / 4, "{attempts}: {longest:?}");
    }
}

proptest! {
    #[test]
    fn no_wait_is_shorter_than_the_floor_or_longer_than_the_ceiling(
        floor in 0_u64..=u64::MAX,
        ceiling in 0_u64..=u64::MAX,
        base in 0_u64..=u64::MAX,
        advised in prop::option::of(0_u64..=u64::MAX),
        asked in prop::option::of(0_u64..=u64::MAX),
        attempts in any::<u32>(),
    ) {
        let millis = Duration::from_millis;
        let policy = Policy::new()
            .floor(millis(floor))
            .ceiling(millis(ceiling))
            .reconnection_time(millis(base));
        let wait = policy.wait(
            attempts,
            advised.map(millis),
            asked.map(millis),
            &mut fastrand::Rng::new(),
        );
        let floor = floor.max(1);
        let ceiling = millis(ceiling.max(floor));
        prop_assert!(wait >= millis(floor));
        prop_assert!(wait <= ceiling);
        for least in [advised, asked].into_iter().flatten() {
            prop_assert!(wait >= millis(least).min(ceiling));
        }
    }
}

/// How many attempts fail in a row before `session` gives up.
fn fails(session: &mut Session, mut now: Duration) -> u32 {
    for attempts in 1..1000 {
        assert!(matches!(session.step(now), Step::Connect(_)));
        match session.failed(broken(), now) {
            Ok(()) => now = waits_until(session, now),
            Err(ClientError::GaveUp {
                attempts: told,
                source,
                ..
            }) => {
                assert_eq!(told, attempts);
                assert!(matches!(*source, ClientError::Broken(_)));
                assert_eq!(session.step(now), Step::End);
                return attempts;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it does not give up");
}

#[test]
fn the_attempts_in_a_row_are_limited() {
    for (limit, attempts) in [(0, 1), (1, 1), (3, 3)] {
        let mut session = session(Policy::new().max_attempts(limit), Rules::get());
        assert_eq!(fails(&mut session, NOW), attempts);
    }
}

#[test]
fn an_event_begins_a_new_row_and_nothing_else_does() {
    let limited = || session(Policy::new().max_attempts(3), Rules::get());
    let mut session = limited();
    open(&mut session, NOW);
    read(&mut session, "data: a\n\n");
    session.closed(NOW).unwrap();
    let now = waits_until(&mut session, NOW);
    assert_eq!(fails(&mut session, now), 3);

    let mut session = limited();
    for attempt in 1..=3 {
        let now = secs(100 * attempt);
        open(&mut session, now);
        read(&mut session, ": comment\nid: 1\n\nretry: 1\n\n");
        let closed = session.closed(now);
        assert_eq!(closed.is_err(), attempt == 3);
    }
}

#[test]
fn a_stream_that_was_silent_but_lived_begins_a_new_row() {
    let mut session = session(Policy::new().max_attempts(1), Rules::get());
    open(&mut session, NOW);
    session.closed(secs(60)).unwrap();
    open(&mut session, secs(70));
    session.closed(secs(129)).unwrap_err();
}

#[test]
fn the_time_of_a_row_is_limited() {
    let policy = Policy::new()
        .floor(secs(10))
        .ceiling(secs(10))
        .max_elapsed(secs(35));
    let mut session = session(policy, Rules::get());
    // At 0, 10, 20 and 30 seconds; the next would be at 40.
    assert_eq!(fails(&mut session, NOW), 4);
}

#[test]
fn the_time_in_which_a_stream_worked_is_not_counted() {
    let policy = Policy::new()
        .floor(secs(10))
        .ceiling(secs(10))
        .max_elapsed(secs(35));
    let mut session = session(policy, Rules::get());
    open(&mut session, NOW);
    read(&mut session, "data: a\n\n");
    session.closed(secs(3600)).unwrap();
    assert_eq!(fails(&mut session, secs(3610)), 3);
}

#[test]
fn a_retry_is_told_with_its_reason_and_its_time() {
    use std::sync::{Arc, Mutex};

    let told = Arc::new(Mutex::new(Vec::new()));
    let policy = Policy::new().on_retry({
        let told = told.clone();
        move |retry| {
            let line = format!("{} {:?} {}", retry.attempts(), retry.after(), retry.error());
            told.lock().unwrap().push(line);
        }
    });
    let mut session = session(policy.floor(secs(2)).ceiling(secs(2)), Rules::get());
    open(&mut session, NOW);
    read(&mut session, "data\n\n");
    session.closed(NOW).unwrap();
    session.step(secs(2));
    session.failed(broken(), secs(2)).unwrap();
    assert_eq!(
        *told.lock().unwrap(),
        [
            "0 2s the server ended the stream",
            "1 2s the stream broke off"
        ]
    );
}

#[test]
fn silence_is_counted_from_when_there_was_nothing_to_be_read() {
    let mut session = session(Policy::new().watchdog(secs(10)), Rules::get());
    open(&mut session, NOW);
    // Nobody has asked for an hour: what came meanwhile has not been looked at.
    assert_eq!(session.waiting(secs(3600)).unwrap(), Some(secs(3610)));
    assert_eq!(session.waiting(secs(3605)).unwrap(), Some(secs(3610)));
    read(&mut session, ": heartbeat\n");
    assert_eq!(session.waiting(secs(3608)).unwrap(), Some(secs(3618)));
    assert_eq!(session.waiting(secs(3618)).unwrap(), Some(secs(3618)));
    assert!(waits_until(&mut session, secs(3618)) > secs(3618));
}

#[test]
fn an_untyped_stream_may_be_silent_for_ever_but_an_answer_may_not() {
    let mut session = get();
    session.step(NOW);
    assert_eq!(session.waiting(NOW).unwrap(), Some(secs(60)));
    session.opened(secs(59));
    assert_eq!(session.waiting(secs(59)).unwrap(), None);

    let mut session = get();
    session.step(NOW);
    session.waiting(secs(60)).unwrap();
    assert!(waits_until(&mut session, secs(60)) > secs(60));
}
