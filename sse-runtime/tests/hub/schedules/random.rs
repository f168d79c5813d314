//! Many tasks, in random orders.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use futures::executor::block_on;
use sse_runtime::EventId;
use sse_runtime::hub::{Deliver, Subscribe};
use sse_runtime::log::Cursor;

use super::steps::Steps;
use super::tasks::{Choices, Tasks, at_most, with_seeds};
use super::{Remote, blocks, follow, hub, hub_of};
use crate::support::{Block, MarketTicks, Tick, tick};

const CHANNELS: [&str; 3] = ["a", "b", "c"];

/// Publishers of events and signals to random channels; the last one to finish ends them all. Numbers
/// from 1000 up are signals.
fn publishers<'a>(tasks: &mut Tasks<'a>, hub: &'a Remote, left: &'a Cell<u64>, choices: &Choices) {
    for publisher in 0..left.get() {
        let choices = choices.clone();
        tasks.add("a publisher", async move {
            let mut numbers = 100 * publisher..100 * publisher + 15;
            while let Some(n) = numbers.next() {
                let channel = CHANNELS[choices.pick(3)];
                let symbol = ["x", "y", "z"][choices.pick(3)];
                match choices.pick(6) {
                    0 => {
                        let signalled = hub.signal(channel, &tick(symbol, 1000 + n)).await;
                        signalled.expect("signalled");
                    }
                    1 => {
                        let batch: Vec<_> = numbers.by_ref().take(3).collect();
                        let batch: Vec<_> = batch.iter().map(|n| tick(symbol, *n)).collect();
                        let published = hub.publish_all(channel, &batch).await;
                        let ids = published.expect("published");
                        let numbers = ids
                            .iter()
                            .map(|id| Cursor::try_from(id).expect("ours").seq());
                        let first = numbers.clone().min().unwrap_or(0);
                        assert!(numbers.eq((first..).take(batch.len())), "all, side by side");
                    }
                    _ => {
                        let published = hub.publish(channel, &tick(symbol, n)).await;
                        published.expect("published");
                    }
                }
            }
            left.set(left.get() - 1);
            if left.get() == 0 {
                for channel in CHANNELS {
                    hub.close(channel).await.expect("closed");
                }
            }
        });
    }
}

type Ask<'a> = dyn Fn() -> Subscribe<MarketTicks, Steps> + 'a;

/// Follows to the end, as a client whose connection is lost ever again, in the middle of what comes.
async fn stumble(ask: &Ask<'_>, choices: &Choices, got: &RefCell<Vec<Block>>) {
    let mut id: Option<EventId> = None;
    loop {
        let subscribe = ask().after(id.clone()).otherwise(Deliver::All);
        let mut events = subscribe.await.expect("subscribed");
        for _ in 0..choices.pick(8) {
            let next = match choices.pick(2) {
                0 => at_most(1 + choices.pick(6), events.next()).await,
                _ => Some(events.next().await),
            };
            let Some(next) = next.transpose().expect("the log can be read") else {
                continue;
            };
            let Some(bytes) = next else { return };
            let mut blocks = blocks(&bytes);
            let is_lost = choices.pick(4) == 0;
            if is_lost {
                blocks.truncate(choices.pick(blocks.len() + 1));
            }
            for block in &blocks {
                if let Some(text) = &block.id {
                    id = Some(text.parse().expect("an id"));
                }
            }
            got.borrow_mut().extend(blocks);
            if is_lost {
                break;
            }
        }
    }
}

/// The ticks of each channel, as who comes late and reads in peace gets them.
fn logged(hub: &Remote) -> HashMap<&'static str, Vec<Tick>> {
    let ticks = CHANNELS.map(|channel| {
        let got = RefCell::default();
        block_on(async {
            let events = hub.subscribe(channel).otherwise(Deliver::All).await;
            follow(events.expect("subscribed"), &got).await;
        });
        let ticks = got.borrow().iter().filter_map(Block::tick).collect();
        (channel, ticks)
    });
    ticks.into()
}

/// The events that came, without the signals.
fn events(got: &RefCell<Vec<Block>>) -> Vec<Tick> {
    let got = got.borrow();
    let ticks = got.iter().filter_map(Block::tick);
    ticks.filter(|tick| tick.n < 1000).collect()
}

/// Those of one channel, in the order in which they came.
fn of(channel: &[Tick], came: &[Tick]) -> Vec<Tick> {
    came.iter()
        .filter(|it| channel.contains(it))
        .cloned()
        .collect()
}

#[test]
fn who_stumbles_gets_each_event_of_each_channel_once_in_its_order() {
    with_seeds(400, |choices| {
        let (hub, left) = (hub(), Cell::new(3));
        let streams: [(&[&str], RefCell<Vec<Block>>); 4] = [
            (&["a"], RefCell::default()),
            (&["b", "c"], RefCell::default()),
            (&["c", "a", "b"], RefCell::default()),
            (&["a", "b", "c"], RefCell::default()),
        ];
        let mut tasks = Tasks::default();
        publishers(&mut tasks, &hub, &left, choices);
        for (channels, got) in &streams {
            let hub = &hub;
            tasks.add("a subscriber", async move {
                stumble(&|| hub.subscribe(*channels), choices, got).await;
            });
        }
        tasks.run(choices);
        let logged = logged(&hub);
        for (channels, got) in &streams {
            let came = events(got);
            for channel in *channels {
                assert_eq!(of(&logged[channel], &came), logged[channel], "{channels:?}");
            }
            let expected: usize = channels.iter().map(|it| logged[it].len()).sum();
            assert_eq!(came.len(), expected, "{channels:?}");
            let got = got.borrow();
            let signals = got.iter().filter(|it| it.number() >= Some(1000));
            assert!(signals.into_iter().all(|it| it.id.is_none()));
        }
    });
}

#[test]
fn who_stumbles_and_filters_gets_what_it_wants_once() {
    with_seeds(400, |choices| {
        let (hub, left) = (hub(), Cell::new(3));
        let streams = [["a", "b"], ["c", "b"]].map(|them| (them, RefCell::default()));
        let mut tasks = Tasks::default();
        publishers(&mut tasks, &hub, &left, choices);
        for (channels, got) in &streams {
            let hub = &hub;
            tasks.add("a subscriber", async move {
                let ask = || {
                    let ask = hub.subscribe(channels).keys(["x", "y"]);
                    ask.filter(|event| {
                        event
                            .json::<Tick>()
                            .is_ok_and(|tick| tick.n.is_multiple_of(3))
                    })
                };
                stumble(&ask, choices, got).await;
            });
        }
        tasks.run(choices);
        let mut logged = logged(&hub);
        for ticks in logged.values_mut() {
            ticks.retain(|tick| tick.symbol != "z" && tick.n.is_multiple_of(3));
        }
        for (channels, got) in &streams {
            let came = events(got);
            for channel in channels {
                assert_eq!(of(&logged[channel], &came), logged[channel], "{channels:?}");
            }
            let expected: usize = channels.iter().map(|it| logged[it].len()).sum();
            assert_eq!(came.len(), expected, "{channels:?}");
        }
    });
}

#[test]
fn who_stumbles_and_conflates_gets_the_last_of_each_key_and_never_an_older_one_after_it() {
    for filters in [false, true] {
        with_seeds(400, |choices| {
            let (hub, left, got) = (hub(), Cell::new(3), RefCell::default());
            let is_wanted = move |tick: &Tick| !filters || tick.n.is_multiple_of(3);
            let mut tasks = Tasks::default();
            publishers(&mut tasks, &hub, &left, choices);
            tasks.add("a subscriber", async {
                let ask = || {
                    let ask = hub.subscribe(CHANNELS).conflate();
                    ask.filter(move |event| event.json().is_ok_and(|it| is_wanted(&it)))
                };
                stumble(&ask, choices, &got).await;
            });
            tasks.run(choices);
            let came = events(&got);
            for ticks in logged(&hub).values() {
                for symbol in ["x", "y", "z"] {
                    let of_key = |it: &&Tick| it.symbol == symbol && is_wanted(it);
                    let logged: Vec<_> = ticks.iter().filter(of_key).collect();
                    let came: Vec<_> = came.iter().filter(|it| logged.contains(it)).collect();
                    assert_eq!(came.last(), logged.last());
                    let place = |it| logged.iter().position(|other| other == it);
                    let places: Vec<_> = came.iter().map(place).collect();
                    assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
                }
            }
        });
    }
}

#[test]
fn who_stumbles_over_a_small_log_is_told_of_each_event_that_it_does_not_get() {
    let gaps = Cell::new(0);
    with_seeds(400, |choices| {
        let (hub, got) = (hub_of(4), RefCell::<Vec<Block>>::default());
        let mut tasks = Tasks::default();
        tasks.add("the publisher", async {
            for n in 0..40 {
                let published = hub.publish("c", &tick("x", n)).await;
                published.expect("published");
            }
            hub.close("c").await.expect("closed");
        });
        tasks.add("a subscriber", async {
            stumble(&|| hub.subscribe("c"), choices, &got).await;
        });
        tasks.run(choices);
        let got = got.borrow();
        let mut next = None;
        for block in got.iter() {
            let missed = block.gap().map(|gap| {
                let gap: serde_json::Value = serde_json::from_str(gap).expect("JSON");
                assert_eq!(gap["reason"], "truncated");
                gaps.set(gaps.get() + 1);
                gap["missed"].as_u64().expect("the exact number")
            });
            next = match (missed, block.number()) {
                (Some(missed), _) => next.map(|next| next + missed),
                (None, Some(n)) => {
                    assert_eq!(next.unwrap_or(n), n);
                    Some(n + 1)
                }
                (None, None) => next,
            };
        }
        assert_eq!(next, Some(40));
    });
    assert!(gaps.get() > 400, "{} gaps were tried", gaps.get());
}
