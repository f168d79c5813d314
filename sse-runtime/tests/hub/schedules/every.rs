//! A few tasks, in every order.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::task::Poll;

use futures::executor::block_on;
use futures::poll;
use sse_runtime::EventId;
use sse_runtime::hub::Deliver;

use super::tasks::{Tasks, at_most, in_every_order};
use super::{blocks, follow, hub, numbers, publish};
use crate::support::{Block, tick};

/// That many orders there are at least; fewer would say that the test does not try what it says.
#[track_caller]
fn at_least(orders: usize, tried: usize) {
    assert!(tried >= orders, "{tried} orders were tried");
}

#[test]
fn who_comes_while_events_are_published_gets_all_from_one_of_them_on() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::default());
        let mut tasks = Tasks::default();
        tasks.add("the publisher", async {
            publish(&hub, "c", 0..2).await;
            hub.close("c").await.expect("closed");
        });
        tasks.add("the subscriber", async {
            follow(hub.subscribe("c").await.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        let got = numbers(&got);
        // Of a channel that has ended the last, as of one that is about to.
        assert!([&[0, 1][..], &[1], &[]].contains(&&*got), "{got:?}");
    });
    at_least(40, orders);
}

#[test]
fn who_comes_back_while_events_are_published_gets_all_after_its_id() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::default());
        let id = block_on(async {
            publish(&hub, "c", 0..1).await;
            hub.position("c").await.expect("known")
        });
        let mut tasks = Tasks::default();
        tasks.add("the publisher", async {
            publish(&hub, "c", 1..4).await;
            hub.close("c").await.expect("closed");
        });
        tasks.add("the subscriber", async {
            let events = hub.subscribe("c").after(Some(id.clone())).await;
            follow(events.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        assert_eq!(numbers(&got), [1, 2, 3]);
    });
    at_least(100, orders);
}

#[test]
fn of_two_publishers_all_comes_in_the_order_of_the_log() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::<Vec<Block>>::default());
        let at_work = Cell::new(2);
        let mut tasks = Tasks::default();
        for (name, n) in [("one publisher", 0..2), ("another publisher", 10..11)] {
            let (hub, at_work) = (&hub, &at_work);
            tasks.add(name, async move {
                publish(hub, "c", n).await;
                at_work.set(at_work.get() - 1);
                if at_work.get() == 0 {
                    hub.close("c").await.expect("closed");
                }
            });
        }
        tasks.add("the subscriber", async {
            let events = hub.subscribe("c").otherwise(Deliver::All).await;
            follow(events.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        let ids: Vec<_> = got.borrow().iter().map(|it| it.id.clone()).collect();
        assert!(ids.is_sorted() && ids.len() == 3, "{ids:?}");
        let mut got = numbers(&got);
        assert!(got.iter().filter(|n| **n < 10).is_sorted(), "{got:?}");
        got.sort_unstable();
        assert_eq!(got, [0, 1, 10]);
    });
    at_least(1000, orders);
}

#[test]
fn of_two_channels_each_comes_once_and_the_stream_ends_with_the_later() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::default());
        let mut tasks = Tasks::default();
        for (channel, n) in [("a", 0), ("b", 10)] {
            let hub = &hub;
            tasks.add(channel, async move {
                let last = hub.publish_last(channel, &tick("a", n)).await;
                last.expect("published");
            });
        }
        tasks.add("the subscriber", async {
            let events = hub.subscribe(["a", "b"]).await;
            follow(events.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        let mut got = numbers(&got);
        got.sort_unstable();
        assert_eq!(got, [0, 10]);
    });
    at_least(500, orders);
}

#[test]
fn a_next_that_is_dropped_at_any_point_loses_nothing() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::<Vec<Block>>::default());
        let mut tasks = Tasks::default();
        tasks.add("the publisher", async {
            publish(&hub, "c", 0..2).await;
            hub.close("c").await.expect("closed");
        });
        tasks.add("the subscriber", async {
            let events = hub.subscribe("c").otherwise(Deliver::All).await;
            let mut events = events.expect("subscribed");
            let patience = 1 + choices.pick(5);
            let begun = at_most(patience, events.next()).await;
            if let Some(Some(bytes)) = begun.transpose().expect("the log can be read") {
                got.borrow_mut().extend(blocks(&bytes));
            }
            follow(events, &got).await;
        });
        tasks.run(choices);
        assert_eq!(numbers(&got), [0, 1]);
    });
    at_least(200, orders);
}

#[test]
fn who_drops_its_subscription_at_any_point_resumes_from_what_it_has() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::<Vec<Block>>::default());
        let mut tasks = Tasks::default();
        tasks.add("the publisher", async {
            publish(&hub, "c", 0..2).await;
            hub.close("c").await.expect("closed");
        });
        tasks.add("the subscriber", async {
            let events = hub.subscribe("c").otherwise(Deliver::All).await;
            let mut events = events.expect("subscribed");
            let patience = 1 + choices.pick(5);
            let begun = at_most(patience, events.next()).await;
            drop(events);
            if let Some(Some(bytes)) = begun.transpose().expect("the log can be read") {
                got.borrow_mut().extend(blocks(&bytes));
            }
            let id = got.borrow().last().and_then(|block| block.id.clone());
            let id = id.map(|id| id.parse::<EventId>().expect("an id"));
            let events = hub.subscribe("c").after(id).otherwise(Deliver::All).await;
            follow(events.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        assert_eq!(numbers(&got), [0, 1]);
    });
    at_least(200, orders);
}

#[test]
fn one_that_leaves_at_any_point_takes_nothing_from_another() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::default());
        let mut tasks = Tasks::default();
        tasks.add("the publisher", async {
            let last = hub.publish_last("c", &tick("a", 0)).await;
            last.expect("published");
        });
        tasks.add("one that leaves", async {
            let mut events = hub.subscribe("c").await.expect("subscribed");
            let patience = 1 + choices.pick(3);
            let _ = at_most(patience, events.next()).await;
        });
        tasks.add("one that stays", async {
            follow(hub.subscribe("c").await.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        assert_eq!(numbers(&got), [0]);
        assert_eq!(hub.subscribers("c"), 0);
    });
    at_least(1000, orders);
}

#[test]
fn a_signal_comes_once_to_who_is_there_and_no_event_is_missed_for_it() {
    let orders = in_every_order(|choices| {
        let (hub, got) = (hub(), RefCell::<Vec<Block>>::default());
        let is_there = Cell::new(false);
        let was_there = Cell::new(false);
        let mut tasks = Tasks::default();
        tasks.add("the signaller", async {
            was_there.set(is_there.get());
            let signalled = hub.signal("c", &tick("a", 7)).await;
            signalled.expect("signalled");
            hub.close("c").await.expect("closed");
        });
        tasks.add("the publisher", async {
            // May come after the end, and is then an error.
            let _ = hub.publish("c", &tick("a", 0)).await;
        });
        tasks.add("the subscriber", async {
            let events = hub.subscribe("c").otherwise(Deliver::All).await;
            is_there.set(true);
            follow(events.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        let got = got.borrow();
        let signals = got.iter().filter(|block| block.number() == Some(7));
        let ids: Vec<_> = signals.map(|block| &block.id).collect();
        assert!(ids.iter().all(|id| id.is_none()), "{ids:?}");
        assert!(ids.len() <= 1 && (!was_there.get() || ids.len() == 1));
        let events = got.iter().filter(|block| block.number() == Some(0));
        assert!(events.count() <= 1);
    });
    at_least(1000, orders);
}

#[test]
fn who_loads_the_state_after_a_position_is_sent_all_that_the_state_lacks() {
    let orders = in_every_order(|choices| {
        let (hub, got, state) = (hub(), RefCell::default(), RefCell::new(Vec::new()));
        let loaded = RefCell::new(Vec::new());
        let mut tasks = Tasks::default();
        tasks.add("the publisher", async {
            for n in 0..2 {
                // What is published is in the state already.
                state.borrow_mut().push(n);
                publish(&hub, "c", n..n + 1).await;
            }
            hub.close("c").await.expect("closed");
        });
        tasks.add("the subscriber", async {
            let position = hub.position("c").await.expect("known");
            loaded.replace(state.borrow().clone());
            let events = hub.subscribe("c").after(Some(position)).await;
            follow(events.expect("subscribed"), &got).await;
        });
        tasks.run(choices);
        let mut all = [loaded.into_inner(), numbers(&got)].concat();
        all.sort_unstable();
        // What was in both is repeated, and harms nobody.
        all.dedup();
        assert_eq!(all, [0, 1]);
    });
    at_least(100, orders);
}

/// Who waits for a subscriber, to publish for it, is not too early then.
#[test]
fn a_subscriber_is_counted_once_it_has_its_place() {
    let hub = hub();
    block_on(async {
        let mut subscribing = hub.subscribe("c").into_future();
        let events = loop {
            match poll!(&mut subscribing) {
                Poll::Pending => assert_eq!(hub.subscribers("c"), 0),
                Poll::Ready(events) => break events,
            }
        };
        let _events = events.expect("subscribed");
        assert_eq!(hub.subscribers("c"), 1);
    });
}
