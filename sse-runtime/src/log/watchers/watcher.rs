//! One watch, and what waits for it.

use std::collections::VecDeque;
use std::mem;
use std::task::{Context, Poll, Waker};

use super::super::sync::{Arc, AtomicU64, Mutex, Ordering};
use super::call::{Call, push_bounded};
use super::lock;

/// One watch. It is in the list of each of its channels.
#[derive(Debug)]
pub(in super::super) struct Watcher<S> {
    /// What has changed since the watch was last ready.
    changed: AtomicU64,
    inbox: Mutex<Inbox<S>>,
}

#[derive(Debug)]
struct Inbox<S> {
    waker: Option<Waker>,
    /// With the index of their channel in the watch.
    signals: VecDeque<(usize, S)>,
    /// Dropped: what is left in lists is to be thrown away.
    gone: bool,
}

/// The bit that stands for signals; the others stand for channels.
pub(in super::super) const SIGNALLED: u64 = 1 << 63;

impl<S> Watcher<S> {
    pub(in super::super) fn new() -> Arc<Self> {
        Arc::new(Self {
            changed: AtomicU64::new(0),
            inbox: Mutex::new(Inbox {
                waker: None,
                signals: VecDeque::new(),
                gone: false,
            }),
        })
    }

    pub(in super::super) fn poll(&self, cx: &mut Context<'_>) -> Poll<u64> {
        match self.changed.swap(0, Ordering::AcqRel) {
            0 => {}
            changed => return Poll::Ready(changed),
        }
        {
            let mut inbox = lock(&self.inbox);
            match &mut inbox.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
        }
        match self.changed.swap(0, Ordering::AcqRel) {
            0 => Poll::Pending,
            changed => Poll::Ready(changed),
        }
    }

    pub(in super::super) fn take_signal(&self) -> Option<(usize, S)> {
        lock(&self.inbox).signals.pop_front()
    }

    pub(in super::super) fn leave(&self) {
        let mut inbox = lock(&self.inbox);
        inbox.gone = true;
        let left_behind = (inbox.waker.take(), mem::take(&mut inbox.signals));
        drop(inbox);
        // A waker may be the last that holds a task, and dropping that runs code of others.
        drop(left_behind);
    }

    pub(super) fn is_gone(&self) -> bool {
        lock(&self.inbox).gone
    }

    pub(super) fn tell(&self, index: usize, call: &Call<S>)
    where
        S: Clone,
    {
        let mut bits = u64::from(call.appended) << index;
        if !call.signals.is_empty() {
            bits |= SIGNALLED;
            let mut inbox = lock(&self.inbox);
            for signal in &call.signals {
                push_bounded(&mut inbox.signals, (index, signal.clone()));
            }
        }
        // Who found nothing set before has the waker to run; another one has done so already, or
        // is about to.
        if self.changed.fetch_or(bits, Ordering::AcqRel) == 0 {
            let waker = lock(&self.inbox).waker.take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}
