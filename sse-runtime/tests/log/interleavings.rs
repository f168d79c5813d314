//! Interleavings of appending, watching, reading and leaving, one after the other by a model checker:
//! no wake-up is lost. It runs what wakes the watches of a channel as it is, on locks and atomics of
//! its own. A reader whom nobody wakes is a deadlock, which it reports.

mod sync {
    pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
    pub(super) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
    pub(super) use loom::thread::ThreadId;
    pub(super) use std::sync::PoisonError;

    pub(super) fn this_thread() -> ThreadId {
        loom::thread::current().id()
    }
}

#[path = "../../src/log/watchers/mod.rs"]
mod watchers;

use std::future::poll_fn;

use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use sync::{Arc, Mutex};
use watchers::{Call, SIGNALLED, To, Watcher, Watchers};

/// As much of a channel as matters here: a lock, what is behind it, and who is called without it.
struct Channel {
    last: Mutex<u64>,
    watchers: Watchers<&'static str>,
}

impl Channel {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            last: Mutex::new(0),
            watchers: Watchers::new(),
        })
    }

    fn append(&self) {
        let mut last = self.last.lock().unwrap();
        *last += 1;
        let to = match self.watchers.has_keys() {
            true => To::who_wants(["a"].into_iter()),
            false => To::default(),
        };
        drop(last);
        self.watchers.call(Call::appended(to));
    }

    fn read(&self) -> u64 {
        *self.last.lock().unwrap()
    }

    fn watch(&self) -> Arc<Watcher<&'static str>> {
        let watcher = Watcher::new();
        let _as_the_log_does = self.last.lock().unwrap();
        self.watchers.join(&watcher, 0);
        watcher
    }

    fn watch_key(&self, key: &'static str) -> Arc<Watcher<&'static str>> {
        let watcher = Watcher::new();
        let _as_the_log_does = self.last.lock().unwrap();
        self.watchers.join_keys(&watcher, 0, [key].into_iter());
        watcher
    }

    /// Reads on whenever hinted, until all is read.
    fn follow(&self, watcher: &Watcher<&'static str>, until: u64) {
        while self.read() < until {
            block_on(poll_fn(|cx| watcher.poll(cx)));
        }
    }
}

/// Follows two channels with one watch as a subscriber does: reads those of which it was hinted, until
/// all of both is read.
fn follow_both(channels: [&Channel; 2], watcher: &Watcher<&'static str>, until: u64) {
    let (mut read, mut hinted) = ([0; 2], 0b11);
    while read != [until; 2] {
        if hinted == 0 {
            hinted = block_on(poll_fn(|cx| watcher.poll(cx)));
        }
        let index = hinted.trailing_zeros() as usize;
        hinted &= hinted - 1;
        read[index] = channels[index].read();
    }
}

fn in_thread(channel: &Arc<Channel>, run: impl FnOnce(&Channel) + 'static) -> JoinHandle<()> {
    let channel = Arc::clone(channel);
    thread::spawn(move || run(&channel))
}

/// All interleavings: with three threads those in which at most so many times one has to wait that
/// could go on. Two find what three found, in a tenth of the time.
fn model(preemptions: Option<usize>, run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = preemptions;
    model.check(run);
}

#[test]
fn a_reader_that_watches_before_an_append_is_woken_by_it() {
    model(None, || {
        let channel = Channel::new();
        let watcher = channel.watch();
        let writer = in_thread(&channel, Channel::append);
        channel.follow(&watcher, 1);
        writer.join().unwrap();
    });
}

#[test]
fn a_reader_that_watches_during_an_append_sees_it() {
    model(None, || {
        let channel = Channel::new();
        let writer = in_thread(&channel, Channel::append);
        let watcher = channel.watch();
        channel.follow(&watcher, 1);
        writer.join().unwrap();
    });
}

#[test]
fn of_two_writers_at_once_neither_is_missed() {
    model(Some(2), || {
        let channel = Channel::new();
        let watcher = channel.watch();
        let writers = [
            in_thread(&channel, Channel::append),
            in_thread(&channel, Channel::append),
        ];
        channel.follow(&watcher, 2);
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn of_three_writers_at_once_none_is_missed() {
    model(Some(1), || {
        let channel = Channel::new();
        let watcher = channel.watch();
        let writers = [(); 3].map(|()| in_thread(&channel, Channel::append));
        channel.follow(&watcher, 3);
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_subscriber_to_two_channels_misses_neither() {
    model(Some(2), || {
        let (a, b) = (Channel::new(), Channel::new());
        let writers = [
            in_thread(&a, Channel::append),
            in_thread(&b, Channel::append),
        ];
        let watcher = Watcher::new();
        for (index, channel) in [&a, &b].into_iter().enumerate() {
            let _as_the_log_does = channel.last.lock().unwrap();
            channel.watchers.join(&watcher, index);
        }
        follow_both([&a, &b], &watcher, 1);
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn a_reader_that_joins_while_two_write_is_woken_by_both() {
    model(Some(2), || {
        let channel = Channel::new();
        let _other = channel.watch();
        let writers = [
            in_thread(&channel, Channel::append),
            in_thread(&channel, Channel::append),
        ];
        let watcher = channel.watch();
        channel.follow(&watcher, 2);
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn one_that_leaves_during_a_round_takes_nobody_along() {
    model(Some(2), || {
        let channel = Channel::new();
        let (leaves, stays) = (channel.watch(), channel.watch());
        let writer = in_thread(&channel, Channel::append);
        let leaver = in_thread(&channel, move |channel| {
            leaves.leave();
            assert!(channel.watchers.left());
        });
        channel.follow(&stays, 1);
        writer.join().unwrap();
        leaver.join().unwrap();
        stays.leave();
        assert!(!channel.watchers.left());
    });
}

#[test]
fn a_signal_during_an_append_comes_once_and_both_are_hinted() {
    model(Some(2), || {
        let channel = Channel::new();
        let watcher = channel.watch();
        let writer = in_thread(&channel, Channel::append);
        let signaller = in_thread(&channel, |channel| {
            channel.watchers.call(Call::signal("typing"));
        });
        let mut hinted = 0;
        while hinted != SIGNALLED | 1 {
            hinted |= block_on(poll_fn(|cx| watcher.poll(cx)));
        }
        assert_eq!(watcher.take_signal(), Some((0, "typing")));
        assert_eq!(watcher.take_signal(), None);
        writer.join().unwrap();
        signaller.join().unwrap();
    });
}

#[test]
fn who_watches_a_key_is_woken_by_each_of_two_writers_of_it() {
    model(Some(2), || {
        let channel = Channel::new();
        let _other = channel.watch_key("b");
        let writers = [
            in_thread(&channel, Channel::append),
            in_thread(&channel, Channel::append),
        ];
        let watcher = channel.watch_key("a");
        channel.follow(&watcher, 2);
        writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn one_that_leaves_its_key_during_a_round_takes_nobody_along() {
    model(Some(2), || {
        let channel = Channel::new();
        let (leaves, stays) = (channel.watch_key("a"), channel.watch_key("a"));
        let writer = in_thread(&channel, Channel::append);
        let leaver = in_thread(&channel, move |channel| {
            leaves.leave();
            assert!(channel.watchers.left_keys(["a"].into_iter()));
        });
        channel.follow(&stays, 1);
        writer.join().unwrap();
        leaver.join().unwrap();
        stays.leave();
        assert!(!channel.watchers.left_keys(["a"].into_iter()));
    });
}
