use std::sync::Arc;
use std::task::Poll;

use futures::task::noop_waker;

use super::*;

fn outbox() -> Arc<Outbox> {
    Arc::new(Outbox::new(Bounds::default(), None, false))
}

fn fill(outbox: &Outbox) {
    outbox.write(|buf| buf.resize(Bounds::default().room, b'x'));
}

fn send(place: &mut Place<'_>) -> Poll<Result<(), SendError>> {
    place.poll_send(&mut Context::from_waker(&noop_waker()), false, |frame| {
        frame.data("x");
        Ok(())
    })
}

fn take(outbox: &Arc<Outbox>) -> Taken {
    outbox.take(false, &mut Context::from_waker(&noop_waker()))
}

#[test]
fn an_end_while_the_body_looks_makes_it_look_again() {
    let outbox = outbox();
    outbox.driving();
    outbox.end(EndReason::Closed, None);
    assert!(matches!(take(&outbox), Taken::Again));
    assert!(matches!(take(&outbox), Taken::Nothing));
}

#[test]
fn a_deadline_that_moves_while_the_body_looks_makes_it_look_again() {
    let outbox = outbox();
    outbox.driving();
    outbox.call_body();
    assert!(matches!(take(&outbox), Taken::Again));
}

#[test]
fn sends_that_are_given_up_leave_nothing_behind() {
    let outbox = outbox();
    fill(&outbox);
    for _ in 0..1000 {
        assert!(send(&mut outbox.place()).is_pending());
    }
    assert!(outbox.lock().waiters.is_empty());
}

#[test]
fn sends_go_in_the_order_in_which_they_came() {
    let outbox = outbox();
    fill(&outbox);
    let mut waiting = [outbox.place(), outbox.place(), outbox.place()];
    assert!(waiting.iter_mut().all(|place| send(place).is_pending()));
    assert!(matches!(take(&outbox), Taken::Bytes(_)));
    let [first, second, third] = &mut waiting;
    assert!(send(&mut outbox.place()).is_pending(), "nobody passes");
    assert!(send(third).is_pending());
    assert!(send(second).is_pending());
    assert!(send(first).is_ready());
    assert!(send(second).is_ready());
    assert!(send(third).is_ready());
    assert!(send(&mut outbox.place()).is_ready());
}

#[test]
fn a_place_that_is_given_up_passes_its_turn_on() {
    let outbox = outbox();
    fill(&outbox);
    let (mut first, mut second) = (outbox.place(), outbox.place());
    assert!(send(&mut first).is_pending() && send(&mut second).is_pending());
    assert!(matches!(take(&outbox), Taken::Bytes(_)));
    drop(first);
    assert!(send(&mut second).is_ready());
}

#[test]
fn a_turn_that_is_not_taken_is_over_when_other_tasks_have_run() {
    let outbox = outbox();
    fill(&outbox);
    let (mut aside, mut second) = (outbox.place(), outbox.place());
    assert!(send(&mut aside).is_pending() && send(&mut second).is_pending());
    assert!(matches!(take(&outbox), Taken::Bytes(_)));
    assert!(send(&mut second).is_pending());
    while !matches!(take(&outbox), Taken::Nothing) {}
    assert!(send(&mut second).is_ready());
    assert!(send(&mut aside).is_ready(), "and it may still come back");
}
